// Made by `make messages` of trendsite/locale/fr/LC_MESSAGES/django.po.
export const plural = (n) => Number(n > 1);
export const messages = {
"%(number)s recording": [
"%(number)s enregistrement",
"%(number)s enregistrements"
],
"All networks": "Tous les réseaux",
"At least one must stay tracked": "Au moins une doit rester suivie",
"Compared with the hour before: no earlier day is known yet.": [
"Comparé à l’heure précédente : aucun jour antérieur n’est encore connu.",
"Comparé aux %(count)s heures précédentes : aucun jour antérieur n’est encore connu."
],
"Compared with the same time of {count} earlier day.": [
"Comparé à la même heure de {count} jour antérieur.",
"Comparé à la même heure de {count} jours antérieurs."
],
"Compared with the {hours} h before and the same time of {count} earlier day.": [
"Comparé aux {hours} h précédentes et à la même heure de {count} jour antérieur.",
"Comparé aux {hours} h précédentes et à la même heure de {count} jours antérieurs."
],
"Copied": "Copié",
"Demo": "Démo",
"Full screen": "Plein écran",
"Hashtags compared": "Hashtags comparés",
"Leave full screen": "Quitter le plein écran",
"New, {count} post in the last hour": [
"Nouveau, {count} publication depuis une heure",
"Nouveau, {count} publications depuis une heure"
],
"No answer: the site cannot be reached.": "Pas de réponse : le site est injoignable.",
"No posts came from {start} to {end}. This is the ranking before.": "Aucune publication n’est arrivée de {start} à {end}. Voici le classement d’avant.",
"None so far": "Aucune jusqu’ici",
"Not here": "Pas ici",
"Nothing was collected before {time}.": "Rien n’a été collecté avant {time}.",
"Pause": "Pause",
"Play": "Lire",
"Posts arrive, but the counts stand still.": "Des publications arrivent, mais les décomptes n’avancent pas.",
"Redis is away. The site keeps trying to reach it.": "Redis ne répond pas. Le site continue d’essayer.",
"Replay": "Relecture",
"Replayed as if now": "Relu comme si c’était maintenant",
"Rising hashtags": "Hashtags en hausse",
"Rising hashtags on {day}": "Hashtags en hausse le {day}",
"Rising needs an hour of posts to compare with: these languages have none yet.": "« En hausse » a besoin d’une heure de publications pour comparer : ces langues n’en ont pas encore.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "« En hausse » fonctionne à partir de {time} UTC : il lui faut une heure de publications pour comparer.",
"Show all networks": "Afficher tous les réseaux",
"Simulated": "Simulé",
"Streaming does not report yet: it takes about 20 seconds to start.": "Le comptage ne répond pas encore : il met environ 20 secondes à démarrer.",
"Streaming is counting the first posts.": "Les premières publications sont en cours de comptage.",
"The collector does not report: it is starting or stopped.": "Le collecteur ne répond pas : il démarre ou est arrêté.",
"The collector is blocked: %(detail)s": "Le collecteur est bloqué : %(detail)s",
"The collector is connecting: %(detail)s": "Le collecteur se connecte : %(detail)s",
"The counts are {age} behind the posts.": "Les décomptes ont {age} de retard.",
"The end": "La fin",
"The ranking at {time} is unknown.": "Le classement à {time} est inconnu.",
"The replay could not be loaded. The site may be away.": "La relecture n’a pas pu être chargée. Le site ne répond peut-être pas.",
"The replay has ended, and none of its posts counts: %(detail)s.": "La relecture est terminée et aucune de ses publications ne compte : %(detail)s.",
"This is the ranking at {time}.": "Voici le classement à {time}.",
"Top hashtags": "Les premiers hashtags",
"Top hashtags at {time} UTC": "Les premiers hashtags à {time} UTC",
"Top hashtags of the last hour": "Les premiers hashtags de la dernière heure",
"Top hashtags of the latest hour on {day}": "Les premiers hashtags de la dernière heure du {day}",
"Top hashtags on {day}": "Les premiers hashtags du {day}",
"Top hashtags today": "Les premiers hashtags du jour",
"Waiting for posts": "En attente de publications",
"Weekly habits are not known yet.": "Les habitudes hebdomadaires ne sont pas encore connues.",
"about {count} author": [
"environ {count} auteur",
"environ {count} auteurs"
],
"behind": "en retard",
"blocked: %(reason)s": "bloqué : %(reason)s",
"coming back": "de retour bientôt",
"connecting": "connexion en cours",
"cut off since {time} UTC, retrying": "coupé depuis {time} UTC, nouvel essai",
"dated far ahead of all others": "datées bien après toutes les autres",
"down {places}": "perd {places}",
"ended": "terminé",
"few authors": "peu d’auteurs",
"first is #{hashtag}": "le premier est #{hashtag}",
"in a language that is not tracked": "dans une langue non suivie",
"invented %(network)s posts": "publications inventées de %(network)s",
"late: of a day that is closed": "tardives : d’un jour déjà clos",
"live": "en direct",
"new": "nouveau",
"new at {time}, {count} post in the last hour": [
"nouveau à {time}, {count} publication depuis une heure",
"nouveau à {time}, {count} publications depuis une heure"
],
"no known ranking": "classement inconnu",
"not known yet": "pas encore connue",
"not readable": "illisibles",
"not reporting": "ne répond pas",
"not up to date since {time} UTC": "plus à jour depuis {time} UTC",
"refused: {reason}; trying again": "refusé : {reason} ; nouvel essai",
"replay has ended": "la relecture est terminée",
"replay of %(recording)s": "relecture de %(recording)s",
"replay of %(recording)s, as if it were now": "relecture de %(recording)s, comme si c’était maintenant",
"replaying": "relecture",
"seen before": "déjà vues",
"simulated posts": "publications simulées",
"since {time}": "depuis {time}",
"too long": "trop longues",
"under 1 %": "moins de 1 %",
"up {places}": "gagne {places}",
"waiting for posts": "en attente de publications",
"waiting for the first counts": "en attente des premiers décomptes",
"written long before they were sent": "écrites bien avant leur envoi",
"{count} post": [
"{count} publication",
"{count} publications"
],
"{minutes} min": "{minutes} min",
"{networks} does not run here.": [
"{networks} ne fonctionne pas ici.",
"{networks} ne fonctionnent pas ici."
],
"{seconds} s": "{seconds} s",
"{share} %": "{share} %",
"{status} in {ms} ms, {bytes} bytes": "{status} en {ms} ms, {bytes} octets",
"{status}, the first {bytes} bytes in {ms} ms": "{status}, les {bytes} premiers octets en {ms} ms",
"{times}× usual at {time}, {count} post in the last hour": [
"{times}× l’habitude à {time}, {count} publication depuis une heure",
"{times}× l’habitude à {time}, {count} publications depuis une heure"
],
"{times}× usual, {count} post in the last hour": [
"{times}× l’habitude, {count} publication depuis une heure",
"{times}× l’habitude, {count} publications depuis une heure"
],
"{tracked} of {number} tracked": "{tracked} sur {number} suivies"
};
