"""What a hashtag's page needs to know: whether it is hidden, who may see it all the same, and why it is hidden."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import AnonymousUser, User

from contract.language import ALL_LANGUAGES
from trendsite.hidden.models import HiddenHashtag, in_force
from trendsite.hidden.views import PERMISSION
from trendsite.live.hidden_now import hides_in
from trendsite.live.hiding import Hiding


@dataclass(frozen=True)
class HiddenHere:
    """What somebody is told of a hashtag: ``rows`` that hide it, for those who may change them."""

    is_hidden: bool
    may_change: bool
    rows: list[HiddenHashtag]


def hidden_here(key: str, user: User | AnonymousUser) -> HiddenHere:
    """Return what ``user`` is told of a hashtag."""
    now = datetime.now(UTC)
    hides = hides_in([ALL_LANGUAGES], now)
    may_change = user.has_perm(PERMISSION)
    rows = _rows(key, now) if may_change else []
    return HiddenHere(hides is not None and hides(key), may_change, rows)


def is_shown(key: str, language: str) -> bool:
    """Return whether a hashtag is shown in the ranking of a language."""
    hides = hides_in([language], datetime.now(UTC))
    return hides is None or not hides(key)


def _rows(key: str, now: datetime) -> list[HiddenHashtag]:
    rows = HiddenHashtag.objects.filter(in_force(now)).select_related("hidden_by")
    return [row for row in rows if Hiding([row.rule]).is_hidden(key, row.language, now)]
