"""A user's alerts as a private Atom feed. Its address has a token, because feed readers cannot log in."""

import re
from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from trendsite.public_url import request_origin
from trendsite.watches.hidden import visible
from trendsite.watches.models import Alert, Preferences

ENTRIES = 50

# XML cannot contain these, not even escaped, but a hashtag of a recorded file can.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Return the newest alerts of the user whose feed has this token; 404 for any other."""
    owner = Preferences.objects.filter(feed_token=token, user__is_active=True).first()
    if owner is None:
        raise Http404
    origin = request_origin(request)
    with translation.override(owner.locale):
        atom = Atom1Feed(
            title=_("Trendsite: alerts"),
            link=f"{origin}{reverse('alerts')}",
            description=_("What happened to the hashtags that you watch."),
            feed_url=f"{origin}{request.path}",
            language=owner.locale,
        )
    alerts = Alert.objects.filter(user=owner.user_id)[:ENTRIES]
    for alert in visible(alerts, datetime.now(UTC)):
        atom.add_item(
            title=_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", alert.text),
            link=str(alert.facts.get("url", "")),
            description="",
            unique_id=f"urn:trendsite:alert:{alert.uid}",
            pubdate=alert.at,
            updateddate=alert.at,
        )
    response = HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
