// Made by `make messages` of trendsite/locale/es/LC_MESSAGES/django.po.
export const plural = (n) => Number(n != 1);
export const messages = {
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
"Rising needs an hour of posts to compare with: these languages have none yet.": "«En alza» necesita una hora de publicaciones con que comparar: estos idiomas aún no la tienen.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "«En alza» funciona desde las {time} UTC: necesita una hora de publicaciones con que comparar.",
"Show all networks": "Mostrar todas las redes",
"The counts are {age} behind the posts.": "Los recuentos llevan {age} de retraso.",
"The end": "El final",
"The ranking at {time} is unknown.": "La clasificación a las {time} se desconoce.",
"The replay could not be loaded. The site may be away.": "No se pudo cargar la repetición. Quizá el sitio no responda.",
"Top hashtags": "Hashtags principales",
"Top hashtags at {time} UTC": "Hashtags principales a las {time} UTC",
"Waiting for posts": "A la espera de publicaciones",
"about {count} author": [
"{count} autor aproximadamente",
"unos {count} autores"
],
"behind": "con retraso",
"coming back": "recuperándose",
"connecting": "conectando",
"cut off since {time} UTC, retrying": "sin conexión desde las {time} UTC, reintentando",
"down {places}": "baja {places}",
"few authors": "pocos autores",
"first is #{hashtag}": "el primero es #{hashtag}",
"live": "en directo",
"new": "nuevo",
"new at {time}, {count} post in the last hour": [
"nuevo a las {time}, {count} publicación en la última hora",
"nuevo a las {time}, {count} publicaciones en la última hora"
],
"no known ranking": "clasificación desconocida",
"not up to date since {time} UTC": "sin actualizar desde las {time} UTC",
"refused: {reason}; trying again": "rechazado: {reason}; reintentando",
"replay has ended": "la repetición ha terminado",
"replaying": "repitiendo",
"since {time}": "desde las {time}",
"under 1 %": "menos del 1 %",
"up {places}": "sube {places}",
"waiting for posts": "a la espera de publicaciones",
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
