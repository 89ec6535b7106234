// Made by `make messages` of trendsite/locale/ar/LC_MESSAGES/django.po.
export const plural = (n) => Number(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);
export const messages = {
"Copied": "نُسخ",
"No posts came from {start} to {end}. This is the ranking before.": "لم تصل منشورات من {start} إلى {end}. هذا هو الترتيب السابق.",
"Nothing was collected before {time}.": "لم يُجمع شيء قبل {time}.",
"Pause": "إيقاف مؤقت",
"Play": "تشغيل",
"The end": "النهاية",
"The ranking at {time} is unknown.": "الترتيب عند {time} غير معروف.",
"The replay could not be loaded. The site may be away.": "تعذر تحميل الإعادة. ربما لا يستجيب الموقع.",
"Top hashtags at {time} UTC": "أبرز الوسوم عند {time} UTC",
"first is #{hashtag}": "الأول #{hashtag}",
"no known ranking": "ترتيب غير معروف",
"{count} post": [
"لا منشورات",
"منشور واحد",
"منشوران",
"{count} منشورات",
"{count} منشورًا",
"{count} منشور"
]
};
