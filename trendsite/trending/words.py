"""What people read about a rising hashtag: how many times as many as usual, and what it is compared with."""

from datetime import datetime, timedelta

from contract.ranking import Comparison
from trendsite.trending.merge import RisingHashtag, RisingHashtags
from trendsite.trending.scoring import Spike

MOST_TIMES = 20
"""Above it a number would claim more than few usual posts can tell."""

WHOLE_TIMES = 5
"""From here on decimals mean nothing."""

LEAST_USUAL = 0.5
"""Where fewer are usual, nothing is: the hashtag is new."""

WEEKLY_HABIT_DAYS = 14
"""Earlier days after which a weekly habit is known: it needs two such weekdays."""

_UNITS = {"authors": "people", "posts": "posts"}


def times_usual(spike: Spike) -> float | None:
    """Return how many times the usual number a spike has, to be shown as it is; None if nothing is usual."""
    if spike.usual < LEAST_USUAL:
        return None
    times = spike.observed / spike.usual
    return round(times, 1) if times < WHOLE_TIMES else round(times)


def headline(found: RisingHashtag) -> str:
    """Return in a few words how unusual a hashtag is, or was when it peaked."""
    how = _times(found.peak)
    if not found.is_fading:
        return how[0].upper() + how[1:]
    return f"Peaked at {found.peak.at:%H:%M} with {how}" if times_usual(found.peak) else f"New at {found.peak.at:%H:%M}"


def details(found: RisingHashtag, clock: datetime) -> str:
    """Return the numbers behind the headline, at the stream's ``clock``."""
    spike = found.peak
    usual = f"about {round(spike.usual):,} expected" if times_usual(spike) else "usually none"
    return f"{round(spike.observed):,} {_UNITS[spike.unit]} {_hour(found, clock)}, {usual}"


def _times(spike: Spike) -> str:
    times = times_usual(spike)
    if times is None:
        return "New"
    if times > MOST_TIMES:
        return f"more than {MOST_TIMES} times as many as usual"
    return f"{times:g} times as many as usual"


def _hour(found: RisingHashtag, clock: datetime) -> str:
    if found.is_fading:
        return "in that hour"
    return "in the last hour" if found.peak.at == clock else f"in the hour to {found.peak.at:%H:%M}"


def comparison(found: RisingHashtags, clock: datetime) -> Comparison:
    """Return what the hashtags were compared with; without anything, the first time at which there will be."""
    compared = Comparison(found.days, found.hours, _compared(found))
    if not found.days and not found.hours:
        compared.words = "Rising needs an hour of posts to compare with: these languages have none yet."
        if found.has_begun:
            works_from = clock.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            compared.works_from = works_from
            compared.words = f"Rising works from {works_from:%H:%M} UTC on: it needs an hour of posts to compare with."
    return compared


def _compared(found: RisingHashtags) -> str:
    before = "the hour before" if found.hours == 1 else f"the {found.hours} hours before"
    if not found.days:
        return f"Compared with {before}: no earlier day is known yet."
    days = "1 earlier day" if found.days == 1 else f"{found.days} earlier days"
    hours = f"{before} and " if found.hours else ""
    weekly = "" if found.days >= WEEKLY_HABIT_DAYS else "; weekly habits are not known yet"
    return f"Compared with {hours}the same time of {days}{weekly}."
