"""Reports failures to Sentry, or to another server with its protocol, if SENTRY_DSN names one. Otherwise loads nothing.

A report has the version, the part, the kinds of the exceptions, and the lines of code that they went through. It has no
values of variables, no request, no user, and no text but our own: the message of another library's exception may quote
a post, and the values in a log line may be secret. The log on this machine has all of that.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from contract.environment import Environment, SettingError
from contract.version import VERSION

_OWN_PACKAGES = ("contract", "collector", "streaming", "trendsite", "launch")
_LEFT_OUT = ("request", "user", "extra", "breadcrumbs", "modules", "server_name")
_HIDDEN = "[hidden]"
_STOP_SECONDS = 2


def start_error_reports(part: str, settings: Environment) -> None:
    """Report each log line of level ERROR and each uncaught exception of this process, named ``part``.

    Raises:
        SettingError: SENTRY_DSN is not usable, or the package for it is missing.
    """
    dsn = settings.text("SENTRY_DSN")
    if not dsn:
        return
    try:
        import sentry_sdk
        from sentry_sdk.integrations.atexit import AtexitIntegration
        from sentry_sdk.integrations.dedupe import DedupeIntegration
        from sentry_sdk.integrations.excepthook import ExcepthookIntegration
        from sentry_sdk.integrations.logging import LoggingIntegration
        from sentry_sdk.integrations.threading import ThreadingIntegration
    except ImportError:
        raise SettingError(
            "SENTRY_DSN needs the package sentry-sdk: `make run` installs it, and so does "
            "pip install -r locks/requirements-sentry.lock"
        ) from None
    try:
        sentry_sdk.init(
            dsn=dsn,
            release=f"trendsite@{VERSION}",
            # Others would send requests, arguments, and queries.
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                AtexitIntegration(callback=lambda _pending, _seconds: None),
                DedupeIntegration(),
                ExcepthookIntegration(),
                LoggingIntegration(level=None, event_level=logging.ERROR),
                ThreadingIntegration(),
            ],
            send_default_pii=False,
            include_local_variables=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            shutdown_timeout=_STOP_SECONDS,
            before_send=partial(_before_send, settings.secret_values()),
        )
    except sentry_sdk.utils.BadDsn:
        raise SettingError("SENTRY_DSN is not usable: give https://key@host/project, as Sentry shows it") from None
    sentry_sdk.set_tag("part", part)


TEMPLATE = "template"
"""The attribute of a log record with its message as the code has it, if something has put the values in."""


def _before_send(secrets: Sequence[str], event: Any, hint: Mapping[str, Any]) -> Any:  # noqa: ANN401 - Sentry's
    record = hint.get("log_record")
    if record is not None:
        event["logentry"] = {"message": str(getattr(record, TEMPLATE, record.msg))}
    return clean(event, secrets)


def clean(event: dict[str, Any], secrets: Sequence[str]) -> dict[str, Any]:
    """Return an event of Sentry without what must not leave this machine."""
    kept = {name: value for name, value in event.items() if name not in _LEFT_OUT}
    for exception in kept.get("exception", {}).get("values", []):
        if not str(exception.get("module") or "").startswith(_OWN_PACKAGES):
            exception["value"] = ""
    hidden = _without(kept, secrets)
    return hidden if isinstance(hidden, dict) else {}


def _without(value: object, secrets: Sequence[str]) -> object:
    """Return a value of JSON with every secret in its texts hidden."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, _HIDDEN)
        return value
    if isinstance(value, dict):
        return {name: _without(member, secrets) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_without(member, secrets) for member in value]
    return value
