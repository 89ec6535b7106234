// Made by `make messages` of trendsite/locale/pt/LC_MESSAGES/django.po.
export const plural = (n) => Number(n > 1);
export const messages = {
"Copied": "Copiado",
"No posts came from {start} to {end}. This is the ranking before.": "Nenhuma publicação chegou de {start} a {end}. Esta é a classificação anterior.",
"Nothing was collected before {time}.": "Nada foi coletado antes de {time}.",
"Pause": "Pausar",
"Play": "Reproduzir",
"The end": "O fim",
"The ranking at {time} is unknown.": "A classificação às {time} é desconhecida.",
"The replay could not be loaded. The site may be away.": "Não foi possível carregar a reprodução. Talvez o site não responda.",
"Top hashtags at {time} UTC": "Principais hashtags às {time} UTC",
"first is #{hashtag}": "o primeiro é #{hashtag}",
"no known ranking": "classificação desconhecida",
"{count} post": [
"{count} publicação",
"{count} publicações"
]
};
