// Made by `make messages` of trendsite/locale/es/LC_MESSAGES/django.po.
export const plural = (n) => Number(n != 1);
export const messages = {
"Copied": "Copiado",
"No posts came from {start} to {end}. This is the ranking before.": "No llegó ninguna publicación de {start} a {end}. Esta es la clasificación anterior.",
"Nothing was collected before {time}.": "No se recogió nada antes de las {time}.",
"Pause": "Pausa",
"Play": "Reproducir",
"The end": "El final",
"The ranking at {time} is unknown.": "La clasificación a las {time} se desconoce.",
"The replay could not be loaded. The site may be away.": "No se pudo cargar la repetición. Quizá el sitio no responda.",
"Top hashtags at {time} UTC": "Hashtags principales a las {time} UTC",
"first is #{hashtag}": "el primero es #{hashtag}",
"no known ranking": "clasificación desconocida",
"{count} post": [
"{count} publicación",
"{count} publicaciones"
]
};
