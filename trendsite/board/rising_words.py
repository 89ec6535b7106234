"""What the window ``rising`` says in words, for the first paint.

``static/board/rising.js`` makes the same words of the numbers once the page runs, in the reader's language.
"""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contract.ranking import Comparison, RankedHashtag, Why
from trendsite.trending.words import MOST_TIMES, WEEKLY_HABIT_DAYS


def words_of(place: RankedHashtag) -> str:
    """Return how unusual a place is; empty for a place of another window."""
    if not isinstance(place.why, Why):
        return ""
    return _fading(place, place.why) if place.why.state == "fading" else _rising(place, place.why)


def times_of(why: Why) -> str:
    """Return how many times as many as usual; empty if nothing is usual."""
    if not why.times:
        return ""
    return f">{MOST_TIMES}" if why.times > MOST_TIMES else number_format(f"{why.times:g}")


def compared_in_words(compared: Comparison) -> str:
    """Return what rising hashtags are compared with."""
    if compared.works_from:
        text = _("Rising works from %(time)s UTC on: it needs an hour of posts to compare with.")
        return text % {"time": f"{compared.works_from:%H:%M}"}
    if not compared.days and not compared.hours:
        return _("Rising needs an hour of posts to compare with: these languages have none yet.")
    if not compared.days:
        return ngettext(
            "Compared with the hour before: no earlier day is known yet.",
            "Compared with the %(count)s hours before: no earlier day is known yet.",
            compared.hours,
        ) % {"count": compared.hours}
    return _compared_with_days(compared)


def _compared_with_days(compared: Comparison) -> str:
    if compared.hours:
        text = ngettext(
            "Compared with the %(hours)s h before and the same time of %(count)s earlier day.",
            "Compared with the %(hours)s h before and the same time of %(count)s earlier days.",
            compared.days,
        )
    else:
        text = ngettext(
            "Compared with the same time of %(count)s earlier day.",
            "Compared with the same time of %(count)s earlier days.",
            compared.days,
        )
    words = text % {"hours": compared.hours, "count": compared.days}
    return words if compared.days >= WEEKLY_HABIT_DAYS else f"{words} {_('Weekly habits are not known yet.')}"


def _rising(place: RankedHashtag, why: Why) -> str:
    times = times_of(why)
    text = (
        ngettext(
            "%(times)s\N{MULTIPLICATION SIGN} usual, %(count)s post in the last hour",
            "%(times)s\N{MULTIPLICATION SIGN} usual, %(count)s posts in the last hour",
            place.posts,
        )
        if times
        else ngettext("New, %(count)s post in the last hour", "New, %(count)s posts in the last hour", place.posts)
    )
    return text % {"times": times, "count": _number(place.posts)}


def _fading(place: RankedHashtag, why: Why) -> str:
    times = times_of(why)
    text = (
        ngettext(
            "%(times)s\N{MULTIPLICATION SIGN} usual at %(time)s, %(count)s post in the last hour",
            "%(times)s\N{MULTIPLICATION SIGN} usual at %(time)s, %(count)s posts in the last hour",
            place.posts,
        )
        if times
        else ngettext(
            "new at %(time)s, %(count)s post in the last hour",
            "new at %(time)s, %(count)s posts in the last hour",
            place.posts,
        )
    )
    return text % {"times": times, "time": f"{why.peak_at:%H:%M}", "count": _number(place.posts)}


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)
