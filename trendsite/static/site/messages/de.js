// Made by `make messages` of trendsite/locale/de/LC_MESSAGES/django.po.
export const plural = (n) => Number(n != 1);
export const messages = {
"At least one must stay tracked": "Mindestens eine muss verfolgt bleiben",
"Compared with the hour before: no earlier day is known yet.": [
"Verglichen mit der Stunde davor: Noch ist kein früherer Tag bekannt.",
"Verglichen mit den %(count)s Stunden davor: Noch ist kein früherer Tag bekannt."
],
"Compared with the same time of {count} earlier day.": [
"Verglichen mit derselben Uhrzeit an {count} früheren Tag.",
"Verglichen mit derselben Uhrzeit an {count} früheren Tagen."
],
"Compared with the {hours} h before and the same time of {count} earlier day.": [
"Verglichen mit den {hours} h davor und derselben Uhrzeit an {count} früheren Tag.",
"Verglichen mit den {hours} h davor und derselben Uhrzeit an {count} früheren Tagen."
],
"Copied": "Kopiert",
"Full screen": "Vollbild",
"Hashtags compared": "Hashtags im Vergleich",
"Leave full screen": "Vollbild beenden",
"New, {count} post in the last hour": [
"Neu, {count} Beitrag in der letzten Stunde",
"Neu, {count} Beiträge in der letzten Stunde"
],
"No answer: the site cannot be reached.": "Keine Antwort: Die Website ist nicht erreichbar.",
"No posts came from {start} to {end}. This is the ranking before.": "Von {start} bis {end} kamen keine Beiträge. Dies ist die Rangfolge davor.",
"None so far": "Bisher keine",
"Not here": "Nicht hier",
"Nothing was collected before {time}.": "Vor {time} wurde nichts gesammelt.",
"Pause": "Pause",
"Play": "Abspielen",
"Posts arrive, but the counts stand still.": "Beiträge kommen an, aber die Zahlen stehen still.",
"Rising needs an hour of posts to compare with: these languages have none yet.": "„Im Aufwind“ braucht zum Vergleich eine Stunde Beiträge: Diese Sprachen haben noch keine.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "„Im Aufwind“ gibt es ab {time} UTC: Zum Vergleich braucht es eine Stunde Beiträge.",
"Show all networks": "Alle Netzwerke zeigen",
"The counts are {age} behind the posts.": "Die Zahlen liegen {age} hinter den Beiträgen.",
"The end": "Das Ende",
"The ranking at {time} is unknown.": "Die Rangfolge um {time} ist unbekannt.",
"The replay could not be loaded. The site may be away.": "Die Wiedergabe konnte nicht geladen werden. Vielleicht antwortet die Website nicht.",
"Top hashtags": "Die häufigsten Hashtags",
"Top hashtags at {time} UTC": "Die häufigsten Hashtags um {time} UTC",
"Waiting for posts": "Wartet auf Beiträge",
"about {count} author": [
"etwa {count} Autor",
"etwa {count} Autoren"
],
"behind": "im Rückstand",
"coming back": "kommt zurück",
"connecting": "verbindet",
"cut off since {time} UTC, retrying": "getrennt seit {time} UTC, neuer Versuch",
"down {places}": "{places} runter",
"few authors": "wenige Autoren",
"first is #{hashtag}": "Erster ist #{hashtag}",
"live": "live",
"new": "neu",
"new at {time}, {count} post in the last hour": [
"neu um {time}, {count} Beitrag in der letzten Stunde",
"neu um {time}, {count} Beiträge in der letzten Stunde"
],
"no known ranking": "keine bekannte Rangfolge",
"not up to date since {time} UTC": "nicht aktuell seit {time} UTC",
"refused: {reason}; trying again": "abgelehnt: {reason}; neuer Versuch",
"replay has ended": "Wiedergabe beendet",
"replaying": "spielt ab",
"since {time}": "seit {time}",
"under 1 %": "unter 1 %",
"up {places}": "{places} hoch",
"waiting for posts": "wartet auf Beiträge",
"{count} post": [
"{count} Beitrag",
"{count} Beiträge"
],
"{minutes} min": "{minutes} min",
"{networks} does not run here.": [
"{networks} läuft hier nicht.",
"{networks} laufen hier nicht."
],
"{seconds} s": "{seconds} s",
"{share} %": "{share} %",
"{status} in {ms} ms, {bytes} bytes": "{status} in {ms} ms, {bytes} Bytes",
"{status}, the first {bytes} bytes in {ms} ms": "{status}, die ersten {bytes} Bytes in {ms} ms",
"{times}× usual at {time}, {count} post in the last hour": [
"{times}× so viel wie üblich um {time}, {count} Beitrag in der letzten Stunde",
"{times}× so viel wie üblich um {time}, {count} Beiträge in der letzten Stunde"
],
"{times}× usual, {count} post in the last hour": [
"{times}× so viel wie üblich, {count} Beitrag in der letzten Stunde",
"{times}× so viel wie üblich, {count} Beiträge in der letzten Stunde"
],
"{tracked} of {number} tracked": "{tracked} von {number} verfolgt"
};
