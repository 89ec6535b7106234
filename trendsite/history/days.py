"""The days there are, newest first, each with its winner: archived ones, and those that Redis still holds."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from asgiref.sync import sync_to_async
from django.db.models import F, FilteredRelation, Q
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.redis_names import DAY_TTL
from trendsite.history.models import Day, DayCount
from trendsite.live.choice import EVERYTHING
from trendsite.live.hidden_now import hides_in
from trendsite.live.hiding import Hides
from trendsite.live.pipeline import Shown
from trendsite.live.rankings import is_held, read_ranking


class Winner(msgspec.Struct):
    """A day's most used hashtag in all languages."""

    key: str
    hashtag: str
    posts: int


class ListedDay(msgspec.Struct):
    """A day of a source: all its posts, and its winner, None where no post had a hashtag."""

    date: date
    source: str
    posts: int
    final: bool
    winner: Winner | None


async def list_archived_days(source: str, before: date | None, limit: int) -> list[ListedDay]:
    """Return at most ``limit`` archived days of a source, before a date if it is given, newest first."""
    return await sync_to_async(_archived)(source, before, limit)


async def list_open_days(redis: Redis, shown: Shown) -> list[ListedDay]:
    """Return the days of the source that the board shows which Redis still holds, newest first, archived or not.

    Raises:
        RedisError, OSError: Redis is away.
    """
    lived = range(timedelta(seconds=DAY_TTL).days + 1)
    days = [Shown(shown.source, shown.day - timedelta(days=ago)) for ago in lived]
    return [await _open(redis, day) for day in days if await is_held(redis, day)]


async def _open(redis: Redis, day: Shown) -> ListedDay:
    ranking = await read_ranking(redis, day, EVERYTHING, 1, datetime.now(UTC))
    winner = next((Winner(first.key, first.hashtag, first.posts) for first in ranking.top), None)
    return ListedDay(day.day, day.source, ranking.posts, final=False, winner=winner)


def _archived(source: str, before: date | None, limit: int) -> list[ListedDay]:
    everything = FilteredRelation("languages", condition=Q(languages__language=ALL_LANGUAGES))
    first = FilteredRelation("counts", condition=Q(counts__language=ALL_LANGUAGES, counts__rank=1))
    days = Day.objects.filter(source=source, **({"date__lt": before} if before else {}))
    columns = (F("everything__posts"), F("first__key"), F("first__hashtag"), F("first__posts"))
    rows = days.annotate(everything=everything, first=first).order_by("-date").values_list("date", *columns)[:limit]
    listed = [
        ListedDay(day, source, posts or 0, final=True, winner=Winner(*winner) if winner[0] is not None else None)
        for day, posts, *winner in rows
    ]
    hides = hides_in(EVERYTHING.languages, datetime.now(UTC))
    return [_with_winner_shown(day, hides) for day in listed] if hides else listed


def _with_winner_shown(listed: ListedDay, hides: Hides) -> ListedDay:
    """Return a day whose winner is the first hashtag that is not hidden. Few days are won by one that is."""
    if listed.winner is None or not hides(listed.winner.key):
        return listed
    of_day = DayCount.objects.filter(day__source=listed.source, day__date=listed.date, language=ALL_LANGUAGES)
    ranked = of_day.order_by("rank").values_list("key", "hashtag", "posts")
    listed.winner = next((Winner(*row) for row in ranked if not hides(row[0])), None)
    return listed
