// Made by `make messages` of trendsite/locale/de/LC_MESSAGES/django.po.
export const plural = (n) => Number(n != 1);
export const messages = {
"%(number)s recording": [
"%(number)s Aufzeichnung",
"%(number)s Aufzeichnungen"
],
"All networks": "Alle Netzwerke",
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
"Demo": "Demo",
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
"Redis is away. The site keeps trying to reach it.": "Redis antwortet nicht. Die Website versucht es weiter.",
"Replay": "Wiedergabe",
"Replayed as if now": "Wiedergabe, als wäre es jetzt",
"Rising hashtags": "Hashtags im Aufwind",
"Rising hashtags on {day}": "Hashtags im Aufwind am {day}",
"Rising needs an hour of posts to compare with: these languages have none yet.": "„Im Aufwind“ braucht zum Vergleich eine Stunde Beiträge: Diese Sprachen haben noch keine.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "„Im Aufwind“ gibt es ab {time} UTC: Zum Vergleich braucht es eine Stunde Beiträge.",
"Show all networks": "Alle Netzwerke zeigen",
"Simulated": "Simuliert",
"Streaming does not report yet: it takes about 20 seconds to start.": "Die Zählung meldet sich noch nicht: Ihr Start dauert etwa 20 Sekunden.",
"Streaming is counting the first posts.": "Die ersten Beiträge werden gezählt.",
"The collector does not report: it is starting or stopped.": "Der Sammler meldet sich nicht: Er startet gerade oder steht.",
"The collector is blocked: %(detail)s": "Der Sammler ist blockiert: %(detail)s",
"The collector is connecting: %(detail)s": "Der Sammler verbindet sich: %(detail)s",
"The counts are {age} behind the posts.": "Die Zahlen liegen {age} hinter den Beiträgen.",
"The end": "Das Ende",
"The ranking at {time} is unknown.": "Die Rangfolge um {time} ist unbekannt.",
"The replay could not be loaded. The site may be away.": "Die Wiedergabe konnte nicht geladen werden. Vielleicht antwortet die Website nicht.",
"The replay has ended, and none of its posts counts: %(detail)s.": "Die Wiedergabe ist beendet, und keiner ihrer Beiträge zählt: %(detail)s.",
"This is the ranking at {time}.": "Dies ist die Rangliste um {time}.",
"Top hashtags": "Die häufigsten Hashtags",
"Top hashtags at {time} UTC": "Die häufigsten Hashtags um {time} UTC",
"Top hashtags of the last hour": "Die häufigsten Hashtags der letzten Stunde",
"Top hashtags of the latest hour on {day}": "Die häufigsten Hashtags der letzten Stunde am {day}",
"Top hashtags on {day}": "Die häufigsten Hashtags am {day}",
"Top hashtags today": "Die häufigsten Hashtags heute",
"Waiting for posts": "Wartet auf Beiträge",
"Weekly habits are not known yet.": "Wöchentliche Gewohnheiten sind noch nicht bekannt.",
"about {count} author": [
"etwa {count} Autor",
"etwa {count} Autoren"
],
"behind": "im Rückstand",
"blocked: %(reason)s": "blockiert: %(reason)s",
"coming back": "kommt zurück",
"connecting": "verbindet",
"cut off since {time} UTC, retrying": "getrennt seit {time} UTC, neuer Versuch",
"dated far ahead of all others": "weit vor allen anderen datiert",
"down {places}": "{places} runter",
"ended": "beendet",
"few authors": "wenige Autoren",
"first is #{hashtag}": "Erster ist #{hashtag}",
"in a language that is not tracked": "in einer nicht verfolgten Sprache",
"invented %(network)s posts": "erfundene Beiträge von %(network)s",
"late: of a day that is closed": "verspätet: von einem abgeschlossenen Tag",
"live": "live",
"new": "neu",
"new at {time}, {count} post in the last hour": [
"neu um {time}, {count} Beitrag in der letzten Stunde",
"neu um {time}, {count} Beiträge in der letzten Stunde"
],
"no known ranking": "keine bekannte Rangfolge",
"not known yet": "noch unbekannt",
"not readable": "nicht lesbar",
"not reporting": "meldet sich nicht",
"not up to date since {time} UTC": "nicht aktuell seit {time} UTC",
"refused: {reason}; trying again": "abgelehnt: {reason}; neuer Versuch",
"replay has ended": "Wiedergabe beendet",
"replay of %(recording)s": "Wiedergabe von %(recording)s",
"replay of %(recording)s, as if it were now": "Wiedergabe von %(recording)s, als wäre es jetzt",
"replaying": "spielt ab",
"seen before": "schon gesehen",
"simulated posts": "simulierte Beiträge",
"since {time}": "seit {time}",
"too long": "zu lang",
"under 1 %": "unter 1 %",
"up {places}": "{places} hoch",
"waiting for posts": "wartet auf Beiträge",
"waiting for the first counts": "wartet auf die ersten Zahlen",
"written long before they were sent": "lange vor dem Senden geschrieben",
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
