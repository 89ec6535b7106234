"""The form that sends a link for a new password."""

import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial

from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.core.cache import cache

from trendsite.public_url import site_origin

PAUSE_SECONDS = 300
"""Between two e-mails to the same user, so that a stranger cannot fill a mailbox."""

_MAX_SENDING = 8

log = logging.getLogger(__name__)
_sending = threading.BoundedSemaphore(_MAX_SENDING)


class ForgottenPasswordForm(PasswordResetForm):
    """Django's form. Neither its response nor its duration reveals whether an account exists."""

    def get_users(self, email: str) -> Iterable[User]:
        """Leave out users who got an e-mail a moment ago."""
        for user in super().get_users(email):
            if cache.add(f"password-reset:{user.pk}", True, PAUSE_SECONDS):
                yield user

    def save(self, *arguments: object, **named: object) -> None:
        """Send links to this site, whatever host the request names."""
        scheme, _, domain = site_origin().partition("://")
        own = {"domain_override": domain, "use_https": scheme == "https"}
        super().save(*arguments, **{**named, **own})  # type: ignore[arg-type]  # as they came

    def send_mail(self, *arguments: object, **named: object) -> None:
        """Send in the background, because a mail server can be slow."""
        in_background(partial(super().send_mail, *arguments, **named))  # type: ignore[arg-type]  # as they came


def in_background(send: Callable[[], None]) -> None:
    """Call ``send`` in a thread. If many are still running, the mail server is in trouble: drop the e-mail."""
    if not _sending.acquire(blocking=False):
        log.warning("An e-mail is not sent: %d others are still being sent", _MAX_SENDING)
        return

    def run() -> None:
        try:
            send()
        finally:
            _sending.release()

    threading.Thread(target=run, name="e-mail", daemon=True).start()
