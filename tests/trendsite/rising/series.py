"""A made-up or recorded stream of one language, counted by the hour up to its clock: what the pure core is given."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.post import fold
from trendsite.rising.moments import ENDS, HOUR, HOURS_BEFORE, NO_DAYS, CountedHour, EarlierDays, at_clock, at_end
from trendsite.rising.unusual import Stretch, Unusual, peaks

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)

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
"""How many distinct authors made so many posts of a hashtag."""


def counted_hours(
    minutes: Minutes, clock: datetime, authors: Authors | None = None, whole: dict[datetime, CountedHour] | None = None
) -> list[CountedHour]:
    """Count hour by hour what came until ``clock``; ``whole`` remembers hours from one clock to a later one."""
    whole = {} if whole is None else whole
    this = clock.replace(minute=0, second=0, microsecond=0)
    for ago in range(1, HOURS_BEFORE + 1):
        if this - ago * HOUR not in whole:
            whole[this - ago * HOUR] = _hour(minutes, this - ago * HOUR, clock, authors)
    before = [whole[this - ago * HOUR] for ago in range(1, HOURS_BEFORE + 1)]
    return [_hour(minutes, this, clock, authors), *before]


def _hour(minutes: Minutes, start: datetime, clock: datetime, authors: Authors | None) -> CountedHour:
    posts, hashtags = 0, Counter[str]()
    for minute in (start + timedelta(minutes=minute) for minute in range(60)):
        if minute in minutes and minute <= clock:
            posts += minutes[minute][0]
            hashtags.update(minutes[minute][1])
    by_authors = authors and Stretch(posts, {key: authors(key, number) for key, number in hashtags.items()})
    return CountedHour(start, Stretch(posts, hashtags), by_authors or None)


def earlier_days(days: Iterable[Minutes]) -> EarlierDays:
    """Add up the hours of days, without authors."""
    posts, hashtags = [0] * 24, [Counter[str]() for _ in range(24)]
    for day in days:
        for minute, (number, of_minute) in day.items():
            posts[minute.hour] += number
            hashtags[minute.hour].update(of_minute)
    stretches = [Stretch(number, of_hour) for number, of_hour in zip(posts, hashtags, strict=True)]
    return EarlierDays(stretches, [Stretch()] * 24)


def rising(hours: list[CountedHour], clock: datetime, days: EarlierDays = NO_DAYS) -> list[Unusual]:
    """Return what is rising at ``clock``, most unusual first."""
    found = at_clock(hours, clock, days)
    for ago in range(1, ENDS + 1):
        found += at_end(hours[ago:], days)
    best = peaks(found, clock).values()
    return sorted(best, key=lambda one: (-one.left(clock), one.key))
