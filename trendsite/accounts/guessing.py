"""Who guesses passwords is slowed: what django-axes is told about addresses, and how much it may keep."""

from ipaddress import ip_interface

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest

from trendsite.live.client_address import address_of

MOST_ATTEMPTS = 10_000
"""Kept at most, whatever happens. Those older than the cool-off go at the next attempt."""


def client_address(request: HttpRequest) -> str | None:
    """Return the address that failed attempts count under; of an IPv6 network its first, None for no address."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    headers = [(b"x-forwarded-for", forwarded.encode("latin-1", "replace"))] if forwarded else []
    address = address_of(request.META.get("REMOTE_ADDR") or "", headers, behind_proxy=settings.SITE_IS_HTTPS)
    return first_of_network(address)


def first_of_network(address: str) -> str | None:
    """Return an address as a database keeps it, which for the network ``2001:db8::/64`` is ``2001:db8::``."""
    try:
        return str(ip_interface(address).ip)
    except ValueError:
        return None


class BoundedHandler(AxesDatabaseHandler):  # type: ignore[misc]  # django-axes has no types
    """django-axes' own way to keep failed attempts, with a bound."""

    def post_save_access_attempt(self, instance: AccessAttempt, **_: object) -> None:
        """Forget the oldest beyond MOST_ATTEMPTS."""
        AccessAttempt.objects.filter(pk__lte=instance.pk - MOST_ATTEMPTS).delete()
