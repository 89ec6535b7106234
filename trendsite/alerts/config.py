"""The settings of alerts, checked."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from contract.address import Address, address_text, reachable_host
from contract.environment import Environment, SettingError
from trendsite.accounts.email_settings import email_settings, sender


@dataclass(frozen=True)
class MailServer:
    """Where mails are sent, and how."""

    host: str
    port: int
    user: str
    password: str
    starts_tls: bool
    is_tls: bool


@dataclass(frozen=True)
class AlertConfig:
    """To whom alerts go: mail addresses, a webhook, or both. ``is_on`` is whether there is any.

    The site is asked on ``site`` with the Host ``host``; ``status_url`` is its status page, for people.
    """

    addresses: list[str]
    sender: str
    mail_server: MailServer | None
    webhook: str
    site: Address
    host: str
    status_url: str
    data_dir: Path

    @property
    def is_on(self) -> bool:
        """Whether alerts go anywhere."""
        return bool(self.addresses or self.webhook)

    def required(self) -> "AlertConfig":
        """Return this.

        Raises:
            SettingError: alerts go nowhere.
        """
        if not self.is_on:
            raise SettingError("ALERT_EMAIL and ALERT_WEBHOOK are not set: set one of them to get alerts")
        return self

    @staticmethod
    def from_env(env: Environment) -> "AlertConfig":
        """Return the settings.

        Raises:
            SettingError: one cannot be used.
        """
        addresses = [_checked_address(address) for address in env.items("ALERT_EMAIL")]
        site = reachable_host(env.bind_address()), env.integer("PORT", 8000, 1, 65_535)
        # The site checks PUBLIC_URL. Its own check loads Django, which this small process does without.
        base = env.text("PUBLIC_URL", f"http://{address_text(site)}").rstrip("/")
        first_host = env.hosts("ALLOWED_HOSTS", "127.0.0.1")[0].lstrip(".")
        return AlertConfig(
            addresses=addresses,
            sender=sender(env.text("EMAIL_FROM", "trendsite@localhost")),
            mail_server=_mail_server(env) if addresses else None,
            webhook=_checked_webhook(env.text("ALERT_WEBHOOK")),
            site=site,
            host="127.0.0.1" if first_host in ("", "*") else first_host,
            status_url=f"{base}/status/",
            data_dir=env.data_dir(),
        )


def _mail_server(env: Environment) -> MailServer:
    settings = email_settings(env.required("EMAIL_URL", "ALERT_EMAIL needs the mail server that sends alerts"))
    return MailServer(
        host=str(settings["EMAIL_HOST"]),
        port=int(str(settings["EMAIL_PORT"])),
        user=str(settings["EMAIL_HOST_USER"]),
        password=str(settings["EMAIL_HOST_PASSWORD"]),
        starts_tls=bool(settings["EMAIL_USE_TLS"]),
        is_tls=bool(settings["EMAIL_USE_SSL"]),
    )


def _checked_address(address: str) -> str:
    if not address.isprintable() or parseaddr(address)[1] != address or "@" not in address[1:-1]:
        raise SettingError(
            f"ALERT_EMAIL has {address!r}, which is no address: give addresses such as me@example.org, with commas"
        )
    return address


def _checked_webhook(url: str) -> str:
    """Return the URL. The error does not show it: whoever knows it can post there."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\x00-\x1f\x7f]", url)):
        raise SettingError("ALERT_WEBHOOK is not usable: give an address such as https://hooks.example.org/T0/B1")
    return url
