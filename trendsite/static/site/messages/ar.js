// Made by `make messages` of trendsite/locale/ar/LC_MESSAGES/django.po.
export const plural = (n) => Number(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);
export const messages = {};
