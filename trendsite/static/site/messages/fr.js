// Made by `make messages` of trendsite/locale/fr/LC_MESSAGES/django.po.
export const plural = (n) => Number(n > 1);
export const messages = {
"Copied": "Copié",
"No posts came from {start} to {end}. This is the ranking before.": "Aucune publication n’est arrivée de {start} à {end}. Voici le classement d’avant.",
"Nothing was collected before {time}.": "Rien n’a été collecté avant {time}.",
"Pause": "Pause",
"Play": "Lire",
"The end": "La fin",
"The ranking at {time} is unknown.": "Le classement à {time} est inconnu.",
"The replay could not be loaded. The site may be away.": "La relecture n’a pas pu être chargée. Le site ne répond peut-être pas.",
"Top hashtags at {time} UTC": "Les premiers hashtags à {time} UTC",
"first is #{hashtag}": "le premier est #{hashtag}",
"no known ranking": "classement inconnu",
"{count} post": [
"{count} publication",
"{count} publications"
]
};
