"""A range of days as a whole: the most used hashtags, newcomers, the longest at the top, winners, gaps."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from asgiref.sync import sync_to_async
from django.utils import timezone
from redis.asyncio import Redis

from contract.ranking import TOP, RankedHashtag
from trendsite.queries.hiding import Hides, hides_in
from trendsite.queries.past_days import Winner
from trendsite.queries.periods import Period
from trendsite.queries.range_days import ArchivedDay, RangeDays, archived_days_of, read_range_days
from trendsite.queries.range_sums import CANDIDATES, HashtagSum, Place, add_up_hashtags, read_sums
from trendsite.sources import joined

MOST_LEADERS = 100
"""How many leaders a range can have. A hashtag beyond them in the period before counts as a newcomer."""

NEWCOMERS_AMONG = 50
"""Newcomers are searched for among so many leaders."""

LONGEST = 10


class Leader(msgspec.Struct):
    """A hashtag's place in a range: its posts, on how many days it was first and among the first ten.

    ``rank_before`` is its rank in the equally many days before, null if it was not among their first 100, or if they
    have no day. ``networks`` are the posts from each network; it is absent if there is only one.
    """

    rank: int
    hashtag: str
    key: str
    posts: int
    days_first: int = 0
    days_in_top: int = 0
    rank_before: int | None = None
    networks: dict[str, int] | msgspec.UnsetType = msgspec.UNSET


class AtTheTop(msgspec.Struct):
    """A hashtag that led: on how many days it was first, and among the first ten."""

    hashtag: str
    key: str
    days_first: int
    days_in_top: int


class DayOfRange(msgspec.Struct):
    """A day of a range: its posts, its winner (null without hashtags), and whether it is final.

    ``is_whole`` is false if a source has no posts in one of its hours, knows of a gap, or lacks the day.
    """

    date: date
    posts: int
    final: bool
    winner: Winner | None
    is_whole: bool = True


class SourceOfRange(msgspec.Struct):
    """What a source lacks in a range: days without data, hours of its days without any post, and gaps that it knows."""

    source: str
    days: int
    missing_days: int
    empty_hours: int
    known_gaps: int


class RangeSummary(msgspec.Struct):
    """A range of days, of a source or of several networks, added up (``source`` has their names with commas).

    ``last`` is the last day of the range even if it is still to come. ``missing`` are dates before today without any
    day. ``posts`` are all posts, with or without a hashtag. Of each day the first 1,000 hashtags are stored: a sum
    lacks the posts of days on which a hashtag is not among them, at most ``lacks`` in all. Only leaders with more than
    ``certain_above`` posts are certain to have their place. ``newcomers`` are leaders that were not among the first 100
    of the equally many days before; null if these have no day. ``days_before`` is how many of them there are.
    """

    first: date
    last: date
    source: str
    language: str
    posts: int
    posts_before: int
    days_before: int
    leaders: list[Leader]
    newcomers: list[Leader] | None
    longest: list[AtTheTop]
    days: list[DayOfRange]
    missing: list[date]
    by_source: list[SourceOfRange]
    lacks: int
    certain_above: int


@dataclass(frozen=True)
class _Ranked:
    """The visible candidates of a range in order, and the visible first places of each date."""

    leaders: list[HashtagSum]
    first_places: Mapping[date, Sequence[Place]]
    lacks: int
    at_most: int


async def read_range(
    redis: Redis | None, sources: Collection[str], period: Period, language: str, latest: date | None
) -> RangeSummary | None:
    """Return a period of some sources, None if none of them has a day in it.

    ``latest`` is the latest open day, None if none of the sources runs. Without Redis only archived days are found.

    Raises:
        RedisError, OSError: Redis is away.
    """
    days = await read_range_days(redis, sources, period, language, latest)
    if not days.archived and not days.open:
        return None
    return await sync_to_async(_summary)(days, sources, period, language, timezone.now())


def _summary(days: RangeDays, sources: Collection[str], period: Period, language: str, now: datetime) -> RangeSummary:
    hides = hides_in((language,), now)
    ranked = _rank(days, language, hides)
    before = period.before()
    earlier = archived_days_of(sources, before, language) if before else []
    ranked_before = _rank(RangeDays(earlier), language, hides) if earlier else None
    leaders = _leaders(ranked, ranked_before, is_several=len(days.sources()) > 1)
    listed = _days(days, ranked)
    known = {day.date for day in listed}
    return RangeSummary(
        first=period.first,
        last=period.last,
        source=joined(days.sources()),
        language=language,
        posts=sum(day.posts for day in listed),
        posts_before=sum(day.posts for day in earlier),
        days_before=len({day.list.date for day in earlier}),
        leaders=leaders,
        newcomers=_newcomers(leaders) if ranked_before else None,
        longest=_longest(ranked.first_places),
        days=listed,
        missing=[day for day in period.dates if day < now.date() and day not in known],
        by_source=_by_source(days, period, now.date()),
        lacks=ranked.lacks,
        certain_above=ranked.at_most,
    )


def _rank(days: RangeDays, language: str, hides: Hides | None) -> _Ranked:
    """Return the archived and open days of a range added up, without hidden hashtags."""
    lists = [day.list for day in days.final]
    sums = read_sums(lists, language)
    candidates = dict(sums.candidates)
    of_open = {place.key for ranking in days.open.values() for place in ranking.top[:CANDIDATES]}
    candidates |= add_up_hashtags(lists, language, of_open - candidates.keys())
    for day, ranking in days.open.items():
        for place in ranking.top:
            if place.key in candidates or place.key in of_open:
                candidates[place.key] = _with_place(candidates.get(place.key), place, joined(days.open_sources[day]))
    visible = [found for found in candidates.values() if not (hides and hides(found.key))]
    first_places = {
        day: [place for place in places if not (hides and hides(place.key))][:TOP]
        for day, places in sums.first_places.items()
    }
    for day, ranking in days.open.items():
        first_places[day] = [Place(place.key, place.hashtag, place.posts) for place in ranking.top[:TOP]]
    beyond = sum(ranking.top[CANDIDATES].posts for ranking in days.open.values() if len(ranking.top) > CANDIDATES)
    leaders = sorted(visible, key=lambda found: (-found.posts, found.key))
    return _Ranked(leaders, first_places, sums.lacks, sums.at_most + beyond)


def _with_place(known: HashtagSum | None, place: RankedHashtag, source: str) -> HashtagSum:
    """Return a sum with a place of an open day added to it."""
    networks = Counter(known.networks if known else {})
    networks.update(place.networks or {source: place.posts})
    return HashtagSum(place.key, known.hashtag if known else place.hashtag, dict(networks))


def _leaders(ranked: _Ranked, before: _Ranked | None, *, is_several: bool) -> list[Leader]:
    ranks_before = {found.key: rank for rank, found in enumerate(_first(before), start=1)}
    days_first, days_in_top = _days_at_the_top(ranked.first_places)
    return [
        Leader(
            rank,
            found.hashtag,
            found.key,
            found.posts,
            days_first[found.key],
            days_in_top[found.key],
            ranks_before.get(found.key),
            found.networks if is_several else msgspec.UNSET,
        )
        for rank, found in enumerate(_first(ranked), start=1)
    ]


def _first(ranked: _Ranked | None) -> list[HashtagSum]:
    return ranked.leaders[:MOST_LEADERS] if ranked else []


def _newcomers(leaders: Sequence[Leader]) -> list[Leader]:
    return [leader for leader in leaders[:NEWCOMERS_AMONG] if leader.rank_before is None]


def _days_at_the_top(first_places: Mapping[date, Sequence[Place]]) -> tuple[Counter[str], Counter[str]]:
    """Return on how many days each hashtag was first, and among the first ten."""
    first = Counter(places[0].key for places in first_places.values() if places)
    return first, Counter(place.key for places in first_places.values() for place in places)


def _longest(first_places: Mapping[date, Sequence[Place]]) -> list[AtTheTop]:
    days_first, days_in_top = _days_at_the_top(first_places)
    by_posts = sorted((place for places in first_places.values() for place in places), key=lambda place: place.posts)
    spellings = {place.key: place.hashtag for place in by_posts}
    in_order = sorted(days_in_top, key=lambda key: (-days_first[key], -days_in_top[key], key))
    return [AtTheTop(spellings[key], key, days_first[key], days_in_top[key]) for key in in_order[:LONGEST]]


def _days(days: RangeDays, ranked: _Ranked) -> list[DayOfRange]:
    """Return each date that a source has, oldest first."""
    by_date: defaultdict[date, list[ArchivedDay]] = defaultdict(list)
    for day in days.final:
        by_date[day.list.date].append(day)
    listed = [
        DayOfRange(
            day,
            sum(one.posts for one in of_date),
            final=True,
            winner=_winner(ranked, day),
            is_whole=not any(one.empty_hours or one.known_gaps for one in of_date),
        )
        for day, of_date in by_date.items()
    ]
    listed += [
        DayOfRange(day, ranking.posts, final=False, winner=_winner(ranked, day)) for day, ranking in days.open.items()
    ]
    return sorted(listed, key=lambda day: day.date)


def _winner(ranked: _Ranked, day: date) -> Winner | None:
    return next((Winner(*place) for place in ranked.first_places.get(day, ())), None)


def _by_source(days: RangeDays, period: Period, today: date) -> list[SourceOfRange]:
    past = sum(day < today for day in period.dates)
    found = []
    for source in days.sources():
        archived = [day for day in days.archived if day.list.source == source]
        dates = {day.list.date for day in archived}
        dates |= {day for day, names in days.open_sources.items() if source in names}
        found.append(
            SourceOfRange(
                source,
                len(dates),
                max(0, past - sum(day < today for day in dates)),
                sum(day.empty_hours or 0 for day in archived),
                sum(day.known_gaps for day in archived),
            )
        )
    return found
