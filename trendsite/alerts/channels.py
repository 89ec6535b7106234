"""Delivers a message once, by mail or to a webhook. What fails is one line, without addresses and secrets."""

import contextlib
import http.client
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import urlsplit

import msgspec

from trendsite.alerts.config import AlertConfig, MailServer
from trendsite.alerts.messages import Message

_TIMEOUT_SECONDS = 10.0
_MAX_BYTES = 4_096
_WHOLE_SUBJECTS = SMTP.clone(max_line_length=240)
"""The default of 78 would put a longer subject on a line of its own."""

Deliver = Callable[[Message], None]


class DeliveryError(RuntimeError):
    """A message was not delivered. The error is one line."""


def channels(config: AlertConfig) -> dict[str, Deliver]:
    """Return how to deliver a message, by the name of the channel."""
    found: dict[str, Deliver] = {}
    server = config.mail_server
    if server:
        found["mail"] = lambda message: send_mail(server, config.sender, config.addresses, message)
    if config.webhook:
        found["webhook"] = lambda message: call_webhook(config.webhook, message)
    return found


def send_mail(server: MailServer, sender: str, addresses: list[str], message: Message) -> None:
    """Send a message to addresses.

    Raises:
        DeliveryError: the mail server did not take it for any address.
    """
    mail = EmailMessage(_WHOLE_SUBJECTS)
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(addresses), message.subject
    mail["Date"], mail["Message-ID"] = format_datetime(message.at), make_msgid(domain="trendsite")
    mail["Auto-Submitted"] = "auto-generated"  # so that no absent reader's program answers
    mail.set_content(message.text)
    try:
        with contextlib.closing(_connect(server)) as connection:
            connection.send_message(mail)
            # The mail is taken: a failure from here on must not send it twice.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"the mail server answered {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise DeliveryError(f"the mail server could not be used ({type(error).__name__})") from error


def _connect(server: MailServer) -> smtplib.SMTP:
    """Return a connection that is logged in."""
    tls = ssl.create_default_context()
    options: dict[str, Any] = {"host": server.host, "port": server.port, "timeout": _TIMEOUT_SECONDS}
    connection = smtplib.SMTP_SSL(**options, context=tls) if server.is_tls else smtplib.SMTP(**options)
    try:
        if server.starts_tls:
            connection.starttls(context=tls)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def call_webhook(url: str, message: Message) -> None:
    """Post a message as JSON: ``text`` and ``content`` for chats, ``events`` for programs. Follow no redirect.

    Raises:
        DeliveryError: the answer was not a success.
    """
    parts = urlsplit(url)
    body = msgspec.json.encode({"text": message.text, "content": message.text[:2_000], "events": message.events})
    address = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(*address, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(*address, timeout=_TIMEOUT_SECONDS)
    )
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", target, body, {"Content-Type": "application/json", "User-Agent": "trendsite"})
        response = connection.getresponse()
        response.read(_MAX_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DeliveryError(f"the webhook could not be called ({type(error).__name__})") from error
    finally:
        connection.close()
    if not 200 <= response.status < 300:
        raise DeliveryError(f"the webhook answered {response.status}")
