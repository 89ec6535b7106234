// Made by `make messages` of trendsite/locale/ja/LC_MESSAGES/django.po.
export const plural = (n) => Number(0);
export const messages = {};
