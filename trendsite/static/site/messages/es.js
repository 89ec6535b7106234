// Made by `make messages` of trendsite/locale/es/LC_MESSAGES/django.po.
export const plural = (n) => Number(n != 1);
export const messages = {};
