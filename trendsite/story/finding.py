"""Finds the facts of a day in its numbers, each with its interest. Pure.

A fact claims nothing that a gap could explain: it is left out, or marked as known only as far as recorded.
"""

from collections.abc import Iterator, Sequence
from math import log2, log10

from contract.closed_day import MINUTES
from contract.ranking import RankedHashtag
from trendsite.queries.day_hours import Hours
from trendsite.queries.minutes import clock_time
from trendsite.queries.race_moments import end_of
from trendsite.story.facts import DayNumbers, Fact, Kind
from trendsite.story.paths import FIRST_MINUTES, TOP_TEN, Lead, leads_of, weight

_NOTABLE_RANK = 25
_LEAST_WEIGHT = 2.0
"""A rise is told if it at least halved the rank."""

_LEAST_RISE = 3
_LEAST_SHARE = 0.25
"""A burst is told if one hour has at least this share of a hashtag's posts, two hashtags if one is with the other."""

_LEAST_POSTS = 20
_FEWEST_HOURS = 3
"""Of fewer hours none is the busiest."""

_FEWEST_CHANGES = 2

Found = Iterator[tuple[float, Fact]]
"""(interest, fact). Facts below 1 only fill up a short story."""


def found_in(numbers: DayNumbers) -> Found:
    """Yield every fact of a day with its interest."""
    yield from _leads(numbers)
    yield from _places(numbers.top)
    yield from _rises(numbers)
    yield from _bursts(numbers)
    yield from _novelties(numbers)
    yield from _together(numbers)
    yield from _busiest_hour(numbers)
    yield from _most_posts(numbers)
    yield from _missing(numbers)


def _leads(numbers: DayNumbers) -> Found:
    """Yield who led last, who led longest before, and how often the lead changed."""
    leads = leads_of(numbers.steps)
    if not leads:
        return
    all_day = numbers.steps[-1][0] - numbers.steps[0][0]
    last, longest = leads[-1], max(leads, key=_length)
    is_short = 4 * _length(last) < all_day
    told = [longest] if is_short else [last, *([longest] if longest.key != last.key else [])]
    for score, lead in zip((10, 2.7), told, strict=False):
        if _length(lead):
            yield score, _led(numbers, lead, is_last=lead is last, is_all_day=len(leads) == 1)
    yield from _lead_changes(numbers, leads)


def _length(lead: Lead) -> int:
    return lead.end - lead.start


def _led(numbers: DayNumbers, lead: Lead, *, is_last: bool, is_all_day: bool) -> Fact:
    """Return that a hashtag led; of the most used one of the day also how much it was used."""
    first = numbers.top[0] if numbers.top and numbers.top[0].key == lead.key else None
    share = first.posts / numbers.posts if first and is_last and numbers.posts else None
    return Fact(
        "led",
        key=lead.key,
        hashtag=numbers.race.hashtags.get(lead.key, lead.key) if numbers.race else lead.key,
        at=None if is_all_day else clock_time(lead.start),
        start=None if is_all_day else clock_time(lead.start),
        end=None if is_last else clock_time(lead.end),
        posts=first.posts if first and share else None,
        share=share and round(share, 4),
        certain=numbers.is_whole,
    )


def _lead_changes(numbers: DayNumbers, leads: Sequence[Lead]) -> Found:
    """Yield how often the lead changed, but for the beginning of the race, when few posts make many places."""
    begin = numbers.steps[0][0]
    changes = [lead for lead in leads[1:] if lead.start >= begin + FIRST_MINUTES]
    if len(changes) >= _FEWEST_CHANGES:
        last = clock_time(changes[-1].start)
        yield 2.4, Fact("lead_changes", at=last, start=last, times=len(changes), certain=numbers.is_whole)


def _places(top: Sequence[RankedHashtag]) -> Found:
    """Yield the first place, for a day without a race, and the second, for a short story."""
    kinds: tuple[tuple[float, Kind], ...] = ((5, "most_used"), (0.5, "second"))
    for (score, kind), place in zip(kinds, top, strict=False):
        yield score, Fact(kind, key=place.key, hashtag=place.hashtag, rank=place.rank, posts=place.posts)


def _rises(numbers: DayNumbers) -> Found:
    for key, path in numbers.paths.items():
        climb = path.climb
        if not numbers.race or not climb or climb.rank > _NOTABLE_RANK or climb.places < _LEAST_RISE:
            continue
        if weight(climb) < _LEAST_WEIGHT:
            continue
        yield (
            1 + log2(weight(climb)) + (climb.rank <= TOP_TEN),
            Fact(
                "rise",
                key=key,
                hashtag=numbers.race.hashtags.get(key, key),
                at=clock_time(climb.end),
                start=clock_time(climb.start),
                end=clock_time(climb.end),
                rank=climb.rank,
                places=climb.places,
                from_outside=climb.from_outside,
            ),
        )


def _bursts(numbers: DayNumbers) -> Found:
    """Yield hashtags of which one hour has a large share."""
    for place in numbers.top:
        hour = peak_of(numbers.hours.of_hashtags.get(place.key, []))
        if hour is None:
            continue
        posts = numbers.hours.of_hashtags[place.key][hour] or 0
        if posts >= _LEAST_POSTS and _is_burst(numbers, hour, posts / place.posts):
            yield (
                1 + 3 * posts / place.posts + log10(posts) / 2,
                Fact(
                    "burst",
                    key=place.key,
                    hashtag=place.hashtag,
                    at=_moment(numbers, (hour + 1) * 60),
                    start=clock_time(hour * 60),
                    posts=posts,
                    of_posts=place.posts,
                    certain=numbers.has_all_posts,
                ),
            )


def _is_burst(numbers: DayNumbers, hour: int, share: float) -> bool:
    """Return whether an hour has a large share of a hashtag's posts, and at least twice that of all posts."""
    of_all = numbers.hours.of_all
    total = sum(posts or 0 for posts in of_all)
    return _LEAST_SHARE <= share <= 1 and 2 * (of_all[hour] or 0) <= share * total


def _busiest_hour(numbers: DayNumbers) -> Found:
    """Yield the hour with the most posts. It is certain only if no hour lacks any."""
    hours = numbers.hours.of_all
    hour = peak_of(hours)
    if hour is None or sum(map(bool, hours)) < _FEWEST_HOURS:
        return
    yield (
        3.1,
        Fact(
            "busiest_hour",
            at=_moment(numbers, (hour + 1) * 60),
            start=clock_time(hour * 60),
            posts=hours[hour],
            certain=numbers.has_all_posts,
        ),
    )


def _novelties(numbers: DayNumbers) -> Found:
    """Yield what is new or back, with the moment of its best rank unless that was at the beginning of the race."""
    begin = numbers.steps[0][0] + FIRST_MINUTES if numbers.steps else 0
    for place in numbers.top[:_NOTABLE_RANK]:
        novelty, path = numbers.earlier.novelties.get(place.key), numbers.paths.get(place.key)
        path = path if path and path.best_at >= begin else None
        if novelty is None or place.posts < _LEAST_POSTS:
            continue
        fact = Fact(
            "back" if novelty.last else "new",
            key=place.key,
            hashtag=place.hashtag,
            at=_moment(numbers, path.best_at) if path else None,
            start=clock_time(path.best_at) if path else None,
            rank=path.best if path else place.rank,
            days=novelty.days or None,
            last=novelty.last,
        )
        yield 1.5 + (place.rank <= TOP_TEN) + (place.rank == 1) - (0.5 if novelty.last else 0), fact


def _together(numbers: DayNumbers) -> Found:
    """Yield hashtags that are often used together: the rarer one of two has many of its posts with the other."""
    posts = {place.key: place for place in numbers.top}
    for pair in numbers.pairs:
        one, other = sorted((posts[pair.key], posts[pair.other_key]), key=lambda place: place.rank)
        share = pair.least / max(1, min(one.posts, other.posts))
        if pair.least < _LEAST_POSTS:
            continue
        fact = Fact(
            "together",
            key=one.key,
            hashtag=one.hashtag,
            other_key=other.key,
            other=other.hashtag,
            posts=pair.least,
            certain=pair.least == pair.most,
        )
        yield (2 + 2 * share if share >= _LEAST_SHARE else 0.7 + share), fact


def _most_posts(numbers: DayNumbers) -> Found:
    """Yield that the day has more posts than each recorded day before, if its language was counted on all of them."""
    earlier = numbers.earlier.posts
    if numbers.posts and earlier and min(earlier) and numbers.posts > max(earlier):
        yield 3.2, Fact("most_posts", posts=numbers.posts, days=len(earlier))


def _missing(numbers: DayNumbers) -> Found:
    """Yield the longest time of which posts are missing, for a short story."""
    end = _end(numbers)
    longest = max(numbers.missing, key=lambda hole: hole[1] - hole[0], default=None)
    if longest and longest[0] < end:
        until = min(longest[1], end)
        yield 0.6, Fact("missing", at=_moment(numbers, until), start=clock_time(longest[0]), end=clock_time(until))


def peak_of(hours: Hours) -> int | None:
    """Return the hour with the most posts; None if several have as many, or none is known to have any."""
    most = max((posts or 0 for posts in hours), default=0)
    busiest = [hour for hour, posts in enumerate(hours) if posts == most]
    return busiest[0] if most and len(busiest) == 1 else None


def _end(numbers: DayNumbers) -> int:
    return end_of(numbers.race) if numbers.race else MINUTES


def _moment(numbers: DayNumbers, minute: int) -> str | None:
    """Return a minute of the race, None for its end."""
    return clock_time(minute) if minute < _end(numbers) else None
