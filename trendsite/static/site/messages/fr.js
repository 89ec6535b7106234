// Made by `make messages` of trendsite/locale/fr/LC_MESSAGES/django.po.
export const plural = (n) => Number(n > 1);
export const messages = {
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
"Rising needs an hour of posts to compare with: these languages have none yet.": "« En hausse » a besoin d’une heure de publications pour comparer : ces langues n’en ont pas encore.",
"Rising works from {time} UTC on: it needs an hour of posts to compare with.": "« En hausse » fonctionne à partir de {time} UTC : il lui faut une heure de publications pour comparer.",
"Show all networks": "Afficher tous les réseaux",
"The counts are {age} behind the posts.": "Les décomptes ont {age} de retard.",
"The end": "La fin",
"The ranking at {time} is unknown.": "Le classement à {time} est inconnu.",
"The replay could not be loaded. The site may be away.": "La relecture n’a pas pu être chargée. Le site ne répond peut-être pas.",
"Top hashtags": "Les premiers hashtags",
"Top hashtags at {time} UTC": "Les premiers hashtags à {time} UTC",
"Waiting for posts": "En attente de publications",
"about {count} author": [
"environ {count} auteur",
"environ {count} auteurs"
],
"behind": "en retard",
"coming back": "de retour bientôt",
"connecting": "connexion en cours",
"cut off since {time} UTC, retrying": "coupé depuis {time} UTC, nouvel essai",
"down {places}": "perd {places}",
"few authors": "peu d’auteurs",
"first is #{hashtag}": "le premier est #{hashtag}",
"live": "en direct",
"new": "nouveau",
"new at {time}, {count} post in the last hour": [
"nouveau à {time}, {count} publication depuis une heure",
"nouveau à {time}, {count} publications depuis une heure"
],
"no known ranking": "classement inconnu",
"not up to date since {time} UTC": "plus à jour depuis {time} UTC",
"refused: {reason}; trying again": "refusé : {reason} ; nouvel essai",
"replay has ended": "la relecture est terminée",
"replaying": "relecture",
"since {time}": "depuis {time}",
"under 1 %": "moins de 1 %",
"up {places}": "gagne {places}",
"waiting for posts": "en attente de publications",
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
