// Made by `make messages` of trendsite/locale/pt/LC_MESSAGES/django.po.
export const plural = (n) => Number(n > 1);
export const messages = {
"At least one must stay tracked": "Pelo menos um deve continuar acompanhado",
"Compared with the hour before: no earlier day is known yet.": [
"Comparado com a hora anterior: ainda não há dias anteriores conhecidos.",
"Comparado com as %(count)s horas anteriores: ainda não há dias anteriores conhecidos."
],
"Compared with the same time of {count} earlier day.": [
"Comparado com o mesmo horário de {count} dia anterior.",
"Comparado com o mesmo horário de {count} dias anteriores."
],
"Compared with the {hours} h before and the same time of {count} earlier day.": [
"Comparado com as {hours} h anteriores e o mesmo horário de {count} dia anterior.",
"Comparado com as {hours} h anteriores e o mesmo horário de {count} dias anteriores."
],
"Copied": "Copiado",
"Full screen": "Tela cheia",
"Hashtags compared": "Hashtags comparados",
"Leave full screen": "Sair da tela cheia",
"New, {count} post in the last hour": [
"Novo, {count} publicação na última hora",
"Novo, {count} publicações na última hora"
],
"No answer: the site cannot be reached.": "Sem resposta: o site está inacessível.",
"No posts came from {start} to {end}. This is the ranking before.": "Nenhuma publicação chegou de {start} a {end}. Esta é a classificação anterior.",
"None so far": "Nenhuma até agora",
"Not here": "Aqui não",
"Nothing was collected before {time}.": "Nada foi coletado antes de {time}.",
"Pause": "Pausar",
"Play": "Reproduzir",
"Posts arrive, but the counts stand still.": "Chegam publicações, mas as contagens não avançam.",
"Rising needs an hour of posts to compare with: these languages have none yet.": "“Em alta” precisa de uma hora de publicações para comparar: estes idiomas ainda não têm.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "“Em alta” funciona a partir de {time} UTC: precisa de uma hora de publicações para comparar.",
"Show all networks": "Mostrar todas as redes",
"The counts are {age} behind the posts.": "As contagens estão {age} atrasadas.",
"The end": "O fim",
"The ranking at {time} is unknown.": "A classificação às {time} é desconhecida.",
"The replay could not be loaded. The site may be away.": "Não foi possível carregar a reprodução. Talvez o site não responda.",
"Top hashtags": "Principais hashtags",
"Top hashtags at {time} UTC": "Principais hashtags às {time} UTC",
"Waiting for posts": "Aguardando publicações",
"about {count} author": [
"cerca de {count} autor",
"cerca de {count} autores"
],
"behind": "atrasado",
"coming back": "voltando",
"connecting": "conectando",
"cut off since {time} UTC, retrying": "sem conexão desde {time} UTC, tentando de novo",
"down {places}": "desce {places}",
"few authors": "poucos autores",
"first is #{hashtag}": "o primeiro é #{hashtag}",
"live": "ao vivo",
"new": "novo",
"new at {time}, {count} post in the last hour": [
"novo às {time}, {count} publicação na última hora",
"novo às {time}, {count} publicações na última hora"
],
"no known ranking": "classificação desconhecida",
"not up to date since {time} UTC": "desatualizado desde {time} UTC",
"refused: {reason}; trying again": "recusado: {reason}; tentando de novo",
"replay has ended": "a reprodução terminou",
"replaying": "reproduzindo",
"since {time}": "desde {time}",
"under 1 %": "menos de 1 %",
"up {places}": "sobe {places}",
"waiting for posts": "aguardando publicações",
"{count} post": [
"{count} publicação",
"{count} publicações"
],
"{minutes} min": "{minutes} min",
"{networks} does not run here.": [
"{networks} não funciona aqui.",
"{networks} não funcionam aqui."
],
"{seconds} s": "{seconds} s",
"{share} %": "{share} %",
"{status} in {ms} ms, {bytes} bytes": "{status} em {ms} ms, {bytes} bytes",
"{status}, the first {bytes} bytes in {ms} ms": "{status}, os primeiros {bytes} bytes em {ms} ms",
"{times}× usual at {time}, {count} post in the last hour": [
"{times}× o normal às {time}, {count} publicação na última hora",
"{times}× o normal às {time}, {count} publicações na última hora"
],
"{times}× usual, {count} post in the last hour": [
"{times}× o normal, {count} publicação na última hora",
"{times}× o normal, {count} publicações na última hora"
],
"{tracked} of {number} tracked": "{tracked} de {number} acompanhados"
};
