"""Why posts are dropped, in words; :mod:`contract.dropped` has the reasons."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from trendsite.localise import format_number

_WORDS = {
    "late": gettext_lazy("late"),
    "future": gettext_lazy("dated in the future"),
    "duplicate": gettext_lazy("seen before"),
    "untracked": gettext_lazy("in a language that is not tracked"),
    "malformed": gettext_lazy("not readable"),
    "too_long": gettext_lazy("too long"),
    "bot": gettext_lazy("by bots"),
    "not_new": gettext_lazy("written long before"),
    "excess_hashtags": gettext_lazy("hashtags in excess"),
    "unusable_hashtag": gettext_lazy("unusable hashtags"),
    "not_a_post": gettext_lazy("not posts"),
}


def dropped_in_words(dropped: Mapping[str, int]) -> str:
    """Return the counts and their reasons, highest count first; empty if nothing was dropped."""
    most_first = sorted(dropped.items(), key=lambda reason: (-reason[1], reason[0]))
    return ", ".join(f"{format_number(count)} {_WORDS.get(reason, reason)}" for reason, count in most_first)
