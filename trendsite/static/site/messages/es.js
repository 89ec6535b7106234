// Made by `make messages` of trendsite/locale/es/LC_MESSAGES/django.po.
export const plural = (n) => Number(n != 1);
export const messages = {
"%(number)s recording": [
"%(number)s grabación",
"%(number)s grabaciones"
],
"All networks": "Todas las redes",
"At least one must stay tracked": "Al menos uno debe seguir en seguimiento",
"Compared with the hour before: no earlier day is known yet.": [
"Comparado con la hora anterior: aún no se conoce ningún día anterior.",
"Comparado con las %(count)s horas anteriores: aún no se conoce ningún día anterior."
],
"Compared with the same time of {count} earlier day.": [
"Comparado con la misma hora de {count} día anterior.",
"Comparado con la misma hora de {count} días anteriores."
],
"Compared with the {hours} h before and the same time of {count} earlier day.": [
"Comparado con las {hours} h anteriores y la misma hora de {count} día anterior.",
"Comparado con las {hours} h anteriores y la misma hora de {count} días anteriores."
],
"Copied": "Copiado",
"Demo": "Demo",
"Full screen": "Pantalla completa",
"Hashtags compared": "Hashtags comparados",
"Leave full screen": "Salir de pantalla completa",
"New, {count} post in the last hour": [
"Nuevo, {count} publicación en la última hora",
"Nuevo, {count} publicaciones en la última hora"
],
"No answer: the site cannot be reached.": "Sin respuesta: no se puede acceder al sitio.",
"No posts came from {start} to {end}. This is the ranking before.": "No llegó ninguna publicación de {start} a {end}. Esta es la clasificación anterior.",
"None so far": "Ninguna hasta ahora",
"Not here": "Aquí no",
"Nothing was collected before {time}.": "No se recogió nada antes de las {time}.",
"Pause": "Pausa",
"Play": "Reproducir",
"Posts arrive, but the counts stand still.": "Llegan publicaciones, pero los recuentos no avanzan.",
"Redis is away. The site keeps trying to reach it.": "Redis no responde. El sitio sigue intentándolo.",
"Replay": "Repetición",
"Replayed as if now": "Repetido como si fuera ahora",
"Rising hashtags": "Hashtags en alza",
"Rising hashtags on {day}": "Hashtags en alza el {day}",
"Rising needs an hour of posts to compare with: these languages have none yet.": "«En alza» necesita una hora de publicaciones con que comparar: estos idiomas aún no la tienen.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "«En alza» funciona desde las {time} UTC: necesita una hora de publicaciones con que comparar.",
"Show all networks": "Mostrar todas las redes",
"Simulated": "Simulado",
"Streaming does not report yet: it takes about 20 seconds to start.": "El recuento aún no informa: tarda unos 20 segundos en arrancar.",
"Streaming is counting the first posts.": "Se están contando las primeras publicaciones.",
"The collector does not report: it is starting or stopped.": "El recolector no informa: está arrancando o parado.",
"The collector is blocked: %(detail)s": "El recolector está bloqueado: %(detail)s",
"The collector is connecting: %(detail)s": "El recolector se está conectando: %(detail)s",
"The counts are {age} behind the posts.": "Los recuentos llevan {age} de retraso.",
"The end": "El final",
"The ranking at {time} is unknown.": "La clasificación a las {time} se desconoce.",
"The replay could not be loaded. The site may be away.": "No se pudo cargar la repetición. Quizá el sitio no responda.",
"The replay has ended, and none of its posts counts: %(detail)s.": "La repetición ha terminado y ninguna de sus publicaciones cuenta: %(detail)s.",
"This is the ranking at {time}.": "Esta es la clasificación a las {time}.",
"Top hashtags": "Hashtags principales",
"Top hashtags at {time} UTC": "Hashtags principales a las {time} UTC",
"Top hashtags of the last hour": "Hashtags principales de la última hora",
"Top hashtags of the latest hour on {day}": "Hashtags principales de la última hora del {day}",
"Top hashtags on {day}": "Hashtags principales del {day}",
"Top hashtags today": "Hashtags principales de hoy",
"Waiting for posts": "A la espera de publicaciones",
"Weekly habits are not known yet.": "Los hábitos semanales aún no se conocen.",
"about {count} author": [
"{count} autor aproximadamente",
"unos {count} autores"
],
"behind": "con retraso",
"blocked: %(reason)s": "bloqueado: %(reason)s",
"coming back": "recuperándose",
"connecting": "conectando",
"cut off since {time} UTC, retrying": "sin conexión desde las {time} UTC, reintentando",
"dated far ahead of all others": "con fecha muy adelantada",
"down {places}": "baja {places}",
"ended": "terminado",
"few authors": "pocos autores",
"first is #{hashtag}": "el primero es #{hashtag}",
"in a language that is not tracked": "en un idioma sin seguimiento",
"invented %(network)s posts": "publicaciones inventadas de %(network)s",
"late: of a day that is closed": "tardías: de un día ya cerrado",
"live": "en directo",
"new": "nuevo",
"new at {time}, {count} post in the last hour": [
"nuevo a las {time}, {count} publicación en la última hora",
"nuevo a las {time}, {count} publicaciones en la última hora"
],
"no known ranking": "clasificación desconocida",
"not known yet": "aún desconocida",
"not readable": "ilegibles",
"not reporting": "no informa",
"not up to date since {time} UTC": "sin actualizar desde las {time} UTC",
"refused: {reason}; trying again": "rechazado: {reason}; reintentando",
"replay has ended": "la repetición ha terminado",
"replay of %(recording)s": "repetición de %(recording)s",
"replay of %(recording)s, as if it were now": "repetición de %(recording)s, como si fuera ahora",
"replaying": "repitiendo",
"seen before": "ya vistas",
"simulated posts": "publicaciones simuladas",
"since {time}": "desde las {time}",
"too long": "demasiado largas",
"under 1 %": "menos del 1 %",
"up {places}": "sube {places}",
"waiting for posts": "a la espera de publicaciones",
"waiting for the first counts": "a la espera de los primeros recuentos",
"written long before they were sent": "escritas mucho antes de enviarse",
"{count} post": [
"{count} publicación",
"{count} publicaciones"
],
"{minutes} min": "{minutes} min",
"{networks} does not run here.": [
"{networks} no funciona aquí.",
"{networks} no funcionan aquí."
],
"{seconds} s": "{seconds} s",
"{share} %": "{share} %",
"{status} in {ms} ms, {bytes} bytes": "{status} en {ms} ms, {bytes} bytes",
"{status}, the first {bytes} bytes in {ms} ms": "{status}, los primeros {bytes} bytes en {ms} ms",
"{times}× usual at {time}, {count} post in the last hour": [
"{times}× lo habitual a las {time}, {count} publicación en la última hora",
"{times}× lo habitual a las {time}, {count} publicaciones en la última hora"
],
"{times}× usual, {count} post in the last hour": [
"{times}× lo habitual, {count} publicación en la última hora",
"{times}× lo habitual, {count} publicaciones en la última hora"
],
"{tracked} of {number} tracked": "{tracked} de {number} en seguimiento"
};
