"""After a change is saved: the collector is told, and whoever saved it reads so."""

from datetime import UTC, datetime

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import HttpRequest

from trendsite.languages.announce import announce_now, announce_when_redis_is_back
from trendsite.live.connection import REDIS_IS_AWAY


def tell_collector(request: HttpRequest, saved: str) -> None:
    """Tell the collector now, or as soon as Redis is back, and put ``saved`` and which of both on the next page."""
    try:
        async_to_sync(announce_now)()
    except REDIS_IS_AWAY:
        announce_when_redis_is_back()
        messages.warning(request, f"{saved} Redis is away: the collector will be told as soon as it is back.")
    else:
        messages.success(request, f"{saved} The collector was told at {datetime.now(UTC):%H:%M:%S} UTC.")
