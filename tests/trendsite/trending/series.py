"""A synthetic or recorded stream of one language as hour counts: the input of trendsite.trending.scoring."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from contract.post import fold
from trendsite.trending.scoring import (
    DAYS,
    HOUR,
    HOURS_BEFORE,
    SCORED_HOUR_ENDS,
    DayHours,
    EarlierDays,
    HourCounts,
    PeriodCounts,
    Spike,
    peaks,
    spikes_at_clock,
    spikes_at_hour_end,
)

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = MIDNIGHT.date()

Minutes = dict[datetime, tuple[int, Counter[str]]]
"""All posts of each minute, and those of each hashtag."""


def recorded_minutes(path: Path) -> Minutes:
    """Count a file of posts."""
    posts: Counter[datetime] = Counter()
    hashtags: defaultdict[datetime, Counter[str]] = defaultdict(Counter)
    for line in gzip.decompress(path.read_bytes()).splitlines():
        post = json.loads(line)
        minute = datetime.fromisoformat(post["created_at"]).replace(second=0, microsecond=0)
        posts[minute] += 1
        hashtags[minute].update({fold(hashtag) for hashtag in post["hashtags"]})
    return {minute: (posts[minute], hashtags[minute]) for minute in posts}


Authors = Callable[[str, int], float]
"""How many distinct authors a number of posts of a hashtag has."""


def counted_hours(
    minutes: Minutes, clock: datetime, authors: Authors | None = None, whole: dict[datetime, HourCounts] | None = None
) -> list[HourCounts]:
    """Count the posts until ``clock`` by hour. ``whole`` caches complete hours between calls."""
    whole = {} if whole is None else whole
    this = clock.replace(minute=0, second=0, microsecond=0)
    for ago in range(1, HOURS_BEFORE + 1):
        if this - ago * HOUR not in whole:
            whole[this - ago * HOUR] = _hour(minutes, this - ago * HOUR, clock, authors)
    before = [whole[this - ago * HOUR] for ago in range(1, HOURS_BEFORE + 1)]
    return [_hour(minutes, this, clock, authors), *before]


def _hour(minutes: Minutes, start: datetime, clock: datetime, authors: Authors | None) -> HourCounts:
    posts, hashtags = 0, Counter[str]()
    for minute in (start + timedelta(minutes=minute) for minute in range(60)):
        if minute in minutes and minute <= clock:
            posts += minutes[minute][0]
            hashtags.update(minutes[minute][1])
    by_authors = authors and PeriodCounts(posts, {key: authors(key, number) for key, number in hashtags.items()})
    return HourCounts(start, PeriodCounts(posts, hashtags), by_authors or None)


def earlier_days(days: Iterable[Minutes], before: date = TODAY) -> EarlierDays:
    """Count the hours of days before a date, without authors."""
    posts = [0.0] * DAYS * 24
    counts: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * DAYS * 24)
    midnight = datetime.combine(before, time(), UTC)
    for minute, (number, of_minute) in ((minute, counted) for day in days for minute, counted in day.items()):
        hour = len(posts) + (minute - midnight) // HOUR
        posts[hour] += number
        for key, count in of_minute.items():
            counts[key][hour] += count
    return EarlierDays(before, DayHours(posts, counts))


NO_DAYS = EarlierDays(TODAY)


def rising(hours: list[HourCounts], clock: datetime, days: EarlierDays = NO_DAYS) -> list[Spike]:
    """Return what is rising at ``clock``, highest score first."""
    found = spikes_at_clock(hours, clock, days)
    for ago in range(1, SCORED_HOUR_ENDS + 1):
        found += spikes_at_hour_end(hours[ago:], days)
    best = peaks(found, clock).values()
    return sorted(best, key=lambda one: (-one.score_at(clock), one.key))
