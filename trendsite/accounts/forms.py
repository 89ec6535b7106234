"""The form that asks for a link to choose a new password."""

import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial

from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.core.cache import cache

PAUSE_SECONDS = 300
"""Between two e-mails to the same person, so that nobody's mailbox is filled by strangers."""

_MOST_AT_ONCE = 8

log = logging.getLogger(__name__)
_sending = threading.BoundedSemaphore(_MOST_AT_ONCE)


class ForgottenPasswordForm(PasswordResetForm):
    """Django's form, which neither by its answer nor by the time it takes tells whether there is such an account."""

    def get_users(self, email: str) -> Iterable[User]:
        """Leave out those who were written to a moment ago."""
        for user in super().get_users(email):
            if cache.add(f"password-reset:{user.pk}", True, PAUSE_SECONDS):
                yield user

    def send_mail(self, *arguments: object, **named: object) -> None:
        """Send in the background: a mail server takes its time."""
        in_background(partial(super().send_mail, *arguments, **named))  # type: ignore[arg-type]  # as they came


def in_background(send: Callable[[], None]) -> None:
    """Call ``send`` in a thread, unless so many are at it that the mail server must be in trouble."""
    if not _sending.acquire(blocking=False):
        log.warning("An e-mail is not sent: %d others are still on their way", _MOST_AT_ONCE)
        return

    def run() -> None:
        try:
            send()
        finally:
            _sending.release()

    threading.Thread(target=run, name="e-mail", daemon=True).start()
