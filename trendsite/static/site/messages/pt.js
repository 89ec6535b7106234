// Made by `make messages` of trendsite/locale/pt/LC_MESSAGES/django.po.
export const plural = (n) => Number(n > 1);
export const messages = {};
