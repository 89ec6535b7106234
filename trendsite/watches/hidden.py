"""Alerts about hashtags that an editor has hidden since: they are shown nowhere, and sent to nobody any more."""

from collections.abc import Iterable
from datetime import datetime

from contract.language import ALL_LANGUAGES
from trendsite.queries.hiding import hides_in
from trendsite.watches.models import Alert


def is_hidden(alert: Alert, now: datetime) -> bool:
    """Return whether the hashtag of an alert is hidden at ``now`` in the languages in which it was looked for."""
    hides = hides_in(alert.facts.get("languages", [ALL_LANGUAGES]), now)
    return hides is not None and hides(alert.key)


def visible(alerts: Iterable[Alert], now: datetime) -> list[Alert]:
    """Return the alerts whose hashtags are not hidden at ``now``."""
    return [alert for alert in alerts if not is_hidden(alert, now)]
