// Made by `make messages` of trendsite/locale/pt/LC_MESSAGES/django.po.
export const plural = (n) => Number(n > 1);
export const messages = {
"%(number)s recording": [
"%(number)s gravação",
"%(number)s gravações"
],
"All networks": "Todas as redes",
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
"Demo": "Demonstração",
"Full screen": "Tela cheia",
"Hashtags compared": "Hashtags comparadas",
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
"Redis is away. The site keeps trying to reach it.": "O Redis não responde. O site continua tentando.",
"Replay": "Reprodução",
"Replayed as if now": "Reproduzido como se fosse agora",
"Rising hashtags": "Hashtags em alta",
"Rising hashtags on {day}": "Hashtags em alta em {day}",
"Rising needs an hour of posts to compare with: these languages have none yet.": "“Em alta” precisa de uma hora de publicações para comparar: estes idiomas ainda não têm.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "“Em alta” funciona a partir de {time} UTC: precisa de uma hora de publicações para comparar.",
"Show all networks": "Mostrar todas as redes",
"Simulated": "Simulado",
"Streaming does not report yet: it takes about 20 seconds to start.": "A contagem ainda não responde: leva cerca de 20 segundos para iniciar.",
"Streaming is counting the first posts.": "As primeiras publicações estão sendo contadas.",
"The collector does not report: it is starting or stopped.": "O coletor não responde: está iniciando ou parado.",
"The collector is blocked: %(detail)s": "O coletor está bloqueado: %(detail)s",
"The collector is connecting: %(detail)s": "O coletor está conectando: %(detail)s",
"The counts are {age} behind the posts.": "As contagens estão {age} atrasadas.",
"The end": "O fim",
"The ranking at {time} is unknown.": "A classificação às {time} é desconhecida.",
"The replay could not be loaded. The site may be away.": "Não foi possível carregar a reprodução. Talvez o site não responda.",
"The replay has ended, and none of its posts counts: %(detail)s.": "A reprodução terminou e nenhuma de suas publicações conta: %(detail)s.",
"This is the ranking at {time}.": "Esta é a classificação às {time}.",
"Top hashtags": "Principais hashtags",
"Top hashtags at {time} UTC": "Principais hashtags às {time} UTC",
"Top hashtags of the last hour": "Principais hashtags da última hora",
"Top hashtags of the latest hour on {day}": "Principais hashtags da última hora de {day}",
"Top hashtags on {day}": "Principais hashtags de {day}",
"Top hashtags today": "Principais hashtags de hoje",
"Waiting for posts": "Aguardando publicações",
"Weekly habits are not known yet.": "Os hábitos semanais ainda não são conhecidos.",
"about {count} author": [
"cerca de {count} autor",
"cerca de {count} autores"
],
"behind": "atrasado",
"blocked: %(reason)s": "bloqueado: %(reason)s",
"coming back": "voltando",
"connecting": "conectando",
"cut off since {time} UTC, retrying": "sem conexão desde {time} UTC, tentando de novo",
"dated far ahead of all others": "com data muito à frente das demais",
"down {places}": "desce {places}",
"ended": "encerrado",
"few authors": "poucos autores",
"first is #{hashtag}": "a primeira é #{hashtag}",
"in a language that is not tracked": "em um idioma não acompanhado",
"invented %(network)s posts": "publicações inventadas do %(network)s",
"late: of a day that is closed": "atrasadas: de um dia já encerrado",
"live": "ao vivo",
"new": "nova",
"new at {time}, {count} post in the last hour": [
"nova às {time}, {count} publicação na última hora",
"nova às {time}, {count} publicações na última hora"
],
"no known ranking": "classificação desconhecida",
"not known yet": "ainda desconhecida",
"not readable": "ilegíveis",
"not reporting": "não responde",
"not up to date since {time} UTC": "desatualizado desde {time} UTC",
"refused: {reason}; trying again": "recusado: {reason}; tentando de novo",
"replay has ended": "a reprodução terminou",
"replay of %(recording)s": "reprodução de %(recording)s",
"replay of %(recording)s, as if it were now": "reprodução de %(recording)s, como se fosse agora",
"replaying": "reproduzindo",
"seen before": "já vistas",
"simulated posts": "publicações simuladas",
"since {time}": "desde {time}",
"too long": "longas demais",
"under 1 %": "menos de 1 %",
"up {places}": "sobe {places}",
"waiting for posts": "aguardando publicações",
"waiting for the first counts": "aguardando as primeiras contagens",
"written long before they were sent": "escritas muito antes de serem enviadas",
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
