"""Django's settings for e-mail from EMAIL_URL and EMAIL_FROM. Pure."""

from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from contract.environment import SettingError

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_TIMEOUT_SECONDS = 10


def sender(address: str) -> str:
    """Return EMAIL_FROM, checked.

    Raises:
        SettingError: it is not an e-mail address.
    """
    if not address.isprintable() or "@" not in parseaddr(address)[1]:
        raise SettingError(f"EMAIL_FROM={address!r} is not usable: give an address such as board@example.org")
    return address


def email_settings(url: str) -> dict[str, object]:
    """Return Django's EMAIL settings. Without a URL, e-mails are written to the log of the site.

    Raises:
        SettingError: the URL does not name a mail server.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        host, port = None, 0
    if not host:
        # The URL can contain a password, so the message does not repeat it.
        raise SettingError(
            "EMAIL_URL is not usable: give smtps://user:password@host, smtp+starttls://... or smtp://..."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": _TIMEOUT_SECONDS,
    }
