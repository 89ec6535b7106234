// Made by `make messages` of trendsite/locale/de/LC_MESSAGES/django.po.
export const plural = (n) => Number(n != 1);
export const messages = {
"Copied": "Kopiert",
"No posts came from {start} to {end}. This is the ranking before.": "Von {start} bis {end} kamen keine Beiträge. Dies ist die Rangfolge davor.",
"Nothing was collected before {time}.": "Vor {time} wurde nichts gesammelt.",
"Pause": "Pause",
"Play": "Abspielen",
"The end": "Das Ende",
"The ranking at {time} is unknown.": "Die Rangfolge um {time} ist unbekannt.",
"The replay could not be loaded. The site may be away.": "Die Wiedergabe konnte nicht geladen werden. Vielleicht antwortet die Website nicht.",
"Top hashtags at {time} UTC": "Die häufigsten Hashtags um {time} UTC",
"first is #{hashtag}": "Erster ist #{hashtag}",
"no known ranking": "keine bekannte Rangfolge",
"{count} post": [
"{count} Beitrag",
"{count} Beiträge"
]
};
