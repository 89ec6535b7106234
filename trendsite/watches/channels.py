"""Sends one message to one receiver. Touches no table, so it may run in any thread."""

import json
import smtplib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext_noop

from trendsite.watches.models import Receiver
from trendsite.watches.public_http import AddressError, CallError, any_addresses, post, public_addresses
from trendsite.watches.services import service_of
from trendsite.watches.signature import headers

APPRISE_SECONDS = 20.0

_ROOT = Path(__file__).resolve().parents[2]


class DeliveryError(RuntimeError):
    """A message that was not taken: a line for the log of deliveries, without address and secret.

    ``text`` is English, marked for translation, with placeholders for ``values``. ``retry_after`` are the seconds for
    which the receiver asked, 0 for none.
    """

    def __init__(self, text: str, retry_after: int = 0, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values
        self.retry_after = retry_after


@dataclass(frozen=True)
class Target:
    """A receiver as a thread without a database needs it."""

    kind: str
    address: str
    secret: str = ""


@dataclass(frozen=True)
class Outgoing:
    """A message: ``data`` is what programs get."""

    uid: str
    subject: str
    text: str
    data: Mapping[str, object] = field(default_factory=dict)


def send(target: Target, message: Outgoing, now: datetime) -> None:
    """Send a message. ``now`` (UTC) is the time of the attempt.

    Raises:
        DeliveryError: the receiver did not take it.
    """
    match target.kind:
        case Receiver.Kind.MAIL:
            _mail(target, message)
        case Receiver.Kind.WEBHOOK:
            _call(target, message, now)
        case _:
            _notify(target, message)


def _mail(target: Target, message: Outgoing) -> None:
    if not target.address:
        raise DeliveryError(gettext_noop("the account has no e-mail address"))
    mail = EmailMessage(
        message.subject,
        message.text,
        to=[target.address],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": f"<{message.uid}@trendsite>"},
    )
    try:
        mail.send()
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(gettext_noop("the mail server answered %(status)s"), status=error.smtp_code) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise DeliveryError(
            gettext_noop("the mail server could not be used (%(error)s)"), error=type(error).__name__
        ) from error


def _call(target: Target, message: Outgoing, now: datetime) -> None:
    body = json.dumps({"id": message.uid, "text": message.text, **message.data}, ensure_ascii=False).encode()
    resolve = any_addresses if settings.ALERTS_TO_PRIVATE_ADDRESSES else public_addresses
    signed = headers(target.secret, message.uid, int(now.timestamp()), body)
    try:
        answer = post(target.address, body, signed, resolve)
    except CallError as error:
        raise DeliveryError(error.text, error=error.error) from error
    except AddressError as error:
        raise DeliveryError(str(error)) from error
    if not 200 <= answer.status < 300:
        raise DeliveryError(gettext_noop("answered %(status)s"), answer.retry_after, status=answer.status)


def _notify(target: Target, message: Outgoing) -> None:
    try:
        service_of(target.address)
    except AddressError as error:
        raise DeliveryError(str(error)) from error
    asked = {
        "address": target.address,
        "subject": message.subject,
        "text": message.text,
        "may_be_private": settings.ALERTS_TO_PRIVATE_ADDRESSES,
    }
    command = [sys.executable, "-m", "trendsite.watches.apprise_process"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=APPRISE_SECONDS,
            cwd=_ROOT,
            # No setting and no secret of the site, and no password file of its user.
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "NETRC": "/dev/null"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DeliveryError(gettext_noop("the service did not answer in time")) from error
    except OSError as error:
        raise DeliveryError(gettext_noop("apprise could not be started")) from error
    if done.returncode:
        _raise(done.stdout.strip())


def _raise(printed: str) -> None:
    """Raise what apprise's process printed: an HTTP status, or ``address``, or nothing."""
    if printed == "address":
        raise DeliveryError(gettext_noop("apprise does not understand the address"))
    if printed.isdigit():
        raise DeliveryError(gettext_noop("the service answered %(status)s"), status=printed)
    raise DeliveryError(gettext_noop("the service could not be reached"))
