"""What an alert says, in the language that is active. Whole sentences, so that each can be translated."""

import unicodedata
from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from contract.language import ALL_LANGUAGES
from trendsite.languages.names import own_name
from trendsite.watches.conditions import Hit
from trendsite.watches.models import Watch


def alert_text(watch: Watch, hit: Hit, languages: Sequence[str]) -> str:
    """Return what happened in one sentence."""
    values = {
        "hashtag": hashtag_name(hit.hashtag),
        "rank": hit.rank,
        "posts": _posts(hit.posts),
        "limit": _posts(watch.threshold),
        "times": number_format(hit.times) if hit.times else "",
        "languages": _("All languages") if ALL_LANGUAGES in languages else ", ".join(map(own_name, languages)),
    }
    return _sentence(watch, hit) % values


def hashtag_name(hashtag: str) -> str:
    """Return a hashtag that turns no sentence around: a mail's lines run in the direction of their first letter."""
    runs_from_right = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in hashtag)
    if runs_from_right == get_language_bidi():
        return f"#{hashtag}"
    return f"\N{FIRST STRONG ISOLATE}#{hashtag}\N{POP DIRECTIONAL ISOLATE}"


def _sentence(watch: Watch, hit: Hit) -> str:
    if watch.condition == Watch.Condition.COUNT:
        return _("%(hashtag)s has passed %(limit)s in an hour: it has %(posts)s (%(languages)s).")
    if watch.condition == Watch.Condition.RISING:
        if hit.times is None:
            return _("%(hashtag)s rises: usually it is not used at all (%(languages)s).")
        return _("%(hashtag)s rises: it has %(times)s times the usual (%(languages)s).")
    return _newcomer_sentence(watch) if watch.subject == Watch.Subject.NEWCOMERS else _place_sentence(watch)


def _place_sentence(watch: Watch) -> str:
    if watch.condition == Watch.Condition.DAY:
        return _("%(hashtag)s is now number %(rank)s of today, with %(posts)s (%(languages)s).")
    return _("%(hashtag)s is now number %(rank)s of the last hour, with %(posts)s (%(languages)s).")


def _newcomer_sentence(watch: Watch) -> str:
    if watch.condition == Watch.Condition.DAY:
        return _("New: %(hashtag)s is number %(rank)s of today, with %(posts)s (%(languages)s).")
    return _("New: %(hashtag)s is number %(rank)s of the last hour, with %(posts)s (%(languages)s).")


def _posts(number: int) -> str:
    return ngettext("%(posts)s post", "%(posts)s posts", number) % {"posts": number_format(number, force_grouping=True)}


def watch_text(watch: Watch) -> str:
    """Return in one sentence what a watch waits for."""
    limit = watch.threshold
    match watch.condition:
        case Watch.Condition.DAY:
            return ngettext("Is number one of today", "Enters the top %(limit)s of today", limit) % {"limit": limit}
        case Watch.Condition.HOUR:
            words = ngettext("Is number one of the last hour", "Enters the top %(limit)s of the last hour", limit)
            return words % {"limit": limit}
        case Watch.Condition.RISING:
            return _("Rises to %(limit)s times the usual or more") % {"limit": limit}
    return _("Passes %(posts)s in an hour") % {"posts": _posts(limit)}


def summary_text(texts: Sequence[str]) -> tuple[str, str]:
    """Return subject and text of several alerts in one message."""
    subject = ngettext("%(number)s alert", "%(number)s alerts", len(texts)) % {"number": len(texts)}
    return subject, "\n\n".join(texts)


def test_text() -> tuple[str, str]:
    """Return subject and text of a test."""
    return _("Trendsite: this is a test"), _("This is a test: your alerts from Trendsite arrive here.")
