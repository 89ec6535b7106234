"""The throttle of log-ins by django-axes: the address that failed attempts count under, and a bound of their table."""

from ipaddress import ip_interface

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.http import HttpRequest

from trendsite.client_address import request_address

MAX_ATTEMPTS = 10_000
"""Stored attempts. Those older than the cool-off are removed at the next attempt."""


def client_ip(request: HttpRequest) -> str | None:
    """Return the IP address that failed attempts count under, None if the client has none."""
    return network_ip(request_address(request))


def network_ip(address: str) -> str | None:
    """Return an address as the database stores it; for the network ``2001:db8::/64`` it is ``2001:db8::``."""
    try:
        return str(ip_interface(address).ip)
    except ValueError:
        return None


class BoundedHandler(AxesDatabaseHandler):  # type: ignore[misc]  # django-axes has no types
    """The database handler of django-axes, with a bound."""

    def post_save_access_attempt(self, instance: AccessAttempt, **_: object) -> None:
        """Remove the oldest attempts beyond MAX_ATTEMPTS."""
        AccessAttempt.objects.filter(pk__lte=instance.pk - MAX_ATTEMPTS).delete()
