"""The ranking of a date, of one source or of several networks together, wherever each has the day."""

from collections import Counter, defaultdict
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db.models import Sum
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.ranking import By, RankedHashtag, Ranking, few_authors
from trendsite.archive.models import STORED_RANKS, DayLanguage
from trendsite.queries.archived_rankings import add_up_authors, archived_ranking
from trendsite.queries.choice import Choice
from trendsite.queries.groups import DayGroup
from trendsite.queries.rankings import read_posts_by_language, read_ranking


async def read_day_ranking(
    redis: Redis | None, group: DayGroup, choice: Choice, limit: int, now: datetime
) -> Ranking | None:
    """Return the first ``limit`` places of a date, None if no source has it. ``now`` (UTC) is when open days are read.

    Networks of which only the database or only Redis has the day are added up by their first 1,000 hashtags.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if group.is_final:
        return await sync_to_async(archived_ranking)(group.archived, group.day, choice, limit)
    if redis is None:
        return None
    if set(group.names) <= set(group.in_redis):
        return await read_ranking(redis, group.shown, choice, limit, now)
    rankings = {
        name: await read_ranking(redis, group.of_source(name), choice, STORED_RANKS, now) for name in group.open
    }
    for name in group.archived:
        if archived := await sync_to_async(archived_ranking)([name], group.day, choice, STORED_RANKS):
            rankings[name] = archived
    return add_up_rankings(rankings, limit)


async def read_posts_of_each(redis: Redis | None, group: DayGroup, language: str = ALL_LANGUAGES) -> dict[str, int]:
    """Return the posts of a date in a language from each source of a group that is known.

    Raises:
        RedisError, OSError: Redis is away.
    """
    totals = DayLanguage.objects.filter(day__source__in=group.archived, day__date=group.day, language=language)
    posts = await sync_to_async(lambda: dict(totals.values_list("day__source", "posts")))()
    if redis:
        for name in group.open:
            posts[name] = (await read_posts_by_language(redis, group.of_source(name))).get(language, 0)
    return dict(sorted(posts.items()))


async def read_languages(redis: Redis | None, group: DayGroup) -> dict[str, int]:
    """Return the posts of each language of a date: ``*``, then most posts first.

    Raises:
        RedisError, OSError: Redis is away.
    """
    rows = DayLanguage.objects.filter(day__source__in=group.archived, day__date=group.day).values("language")
    totals = rows.annotate(total=Sum("posts")).order_by("language").values_list("language", "total")
    posts = Counter[str](await sync_to_async(lambda: dict(totals))())
    if redis:
        for name in group.open:
            posts.update(await read_posts_by_language(redis, group.of_source(name)))
    return dict(sorted(posts.items(), key=lambda counted: (counted[0] != ALL_LANGUAGES, -counted[1], counted[0])))


def add_up_rankings(rankings: dict[str, Ranking], limit: int) -> Ranking:
    """Return the sum of the rankings of several networks, by name. It is final only if all are."""
    of_each = list(rankings.values())
    first = of_each[0]
    by: By = "posts" if any(ranking.by == "posts" for ranking in of_each) else "authors"
    by_key: defaultdict[str, dict[str, RankedHashtag]] = defaultdict(dict)
    for name, ranking in sorted(rankings.items()):
        for place in ranking.top:
            by_key[place.key][name] = place
    places = [_add_up(places) for places in by_key.values()]
    places.sort(key=lambda place: (-(place.posts if by == "posts" else place.authors or 0), place.key))
    for rank, place in enumerate(places[:limit], start=1):
        place.rank = rank
    return Ranking(
        day=first.day,
        languages=first.languages,
        window=first.window,
        as_of=max(ranking.as_of for ranking in of_each),
        final=all(ranking.final for ranking in of_each),
        posts=sum(ranking.posts for ranking in of_each),
        top=places[:limit],
        by=by,
        note=next((ranking.note for ranking in of_each if ranking.note), ""),
    )


def _add_up(places: dict[str, RankedHashtag]) -> RankedHashtag:
    of_each = list(places.values())
    posts, authors = sum(place.posts for place in of_each), add_up_authors([place.authors for place in of_each])
    first = max(of_each, key=lambda place: place.posts)
    shares = {name: place.posts for name, place in places.items()}
    few = few_authors(posts, authors)
    return RankedHashtag(0, first.hashtag, first.key, posts, authors, few_authors=few, networks=shares)
