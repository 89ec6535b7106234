"""What a window's ranking is made of: which sorted sets hold its posts, and how their scores become one number.

Pure: it names keys and reads nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contract import redis_names
from contract.ranking import last_hour
from trendsite.live.choice import Choice
from trendsite.live.pipeline import Shown


@dataclass(frozen=True)
class Makings:
    """The parts of a ranking.

    ``counts`` are the sorted sets whose scores ``combined`` makes one hashtag's posts of; it never
    falls when a score rises. ``posts`` are (sorted set, language) of as many scores, from which it
    makes the posts of the whole window. ``spelled`` are the days whose spellings are looked up, in
    this order; ``authors`` are the sorted sets of distinct authors, of as many scores as ``counts``, none where they
    do not add up.
    """

    day: date
    counts: list[str]
    posts: list[tuple[str, str]]
    combined: Callable[[Sequence[int]], int]
    spelled: list[date]
    authors: list[str]


def makings_of_day(shown: Shown, choice: Choice) -> Makings:
    """Return what the ranking of a whole day is made of."""
    source, day, languages = shown.source, shown.day, choice.languages
    return Makings(
        day=day,
        counts=[redis_names.counts(source, day, language) for language in languages],
        posts=[(redis_names.posts(source, day), language) for language in languages],
        combined=sum,
        spelled=[day],
        authors=[] if choice.is_merged else [redis_names.authors(source, day, languages[0])],
    )


def makings_of_hour(source: str, choice: Choice, clock: datetime) -> Makings:
    """Return what the ranking of the 60 minutes before ``clock`` (UTC) is made of: two UTC hours of each language.

    Who wrote in both hours counts in both: of authors it is an upper bound.
    """
    hours = [(hour.date(), hour.hour) for hour in (clock, clock - timedelta(hours=1))]

    def combined(scores: Sequence[int]) -> int:
        return sum(last_hour(now, before, clock) for now, before in zip(scores[::2], scores[1::2], strict=True))

    authors = [redis_names.hour_authors(source, *hour, choice.languages[0]) for hour in hours]
    return Makings(
        day=clock.date(),
        counts=[redis_names.hour_counts(source, *hour, language) for language in choice.languages for hour in hours],
        posts=[(redis_names.hour_posts(source, *hour), language) for language in choice.languages for hour in hours],
        combined=combined,
        spelled=sorted({day for day, _ in hours}, reverse=True),
        authors=[] if choice.is_merged else authors,
    )
