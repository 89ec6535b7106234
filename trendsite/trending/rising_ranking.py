"""The ranking of a choice with any window; that of the window ``rising`` comes from the finder."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import UNSET
from redis.asyncio import Redis

from contract.ranking import Companion, RankedHashtag, Ranking, Why, few_authors
from trendsite.queries.choice import Choice
from trendsite.queries.pipeline_status import Shown, SourceDay, read_clock
from trendsite.queries.rankings import RankingInputs, hour_inputs, read_posts, read_ranking, read_spellings_of
from trendsite.queries.sorted_sets import raw_scores, scores
from trendsite.trending.baseline import SourceLanguage
from trendsite.trending.finder import process_finder
from trendsite.trending.merge import RisingHashtag
from trendsite.trending.words import comparison, details, headline, times_usual


async def read_chosen_ranking(
    redis: Redis, shown: SourceDay | Shown, choice: Choice, limit: int, now: datetime
) -> Ranking:
    """Return the first ``limit`` places of a choice. ``now`` (UTC) becomes ``as_of``.

    Raises:
        RedisError, OSError: Redis is away.
    """
    read = read_rising if choice.window == "rising" else read_ranking
    return await read(redis, shown, choice, limit, now)


async def read_rising(redis: Redis, shown: SourceDay | Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the ``limit`` hashtags with the highest scores, each in the network and language of its highest score.

    Rising hashtags come first; fading ones fill the places left. Hidden ones are left out. The ranking is the stream's
    latest, whatever the day of ``shown``. ``posts`` and ``authors`` of a place count about the last hour in all
    languages of the choice, so a fading hashtag may have none.

    Raises:
        RedisError, OSError: Redis is away.
    """
    chosen = shown.chosen(choice.networks)
    clock = await read_clock(redis, chosen)
    found = await process_finder.find(redis, chosen.sources, choice.languages, clock, now)
    inputs = hour_inputs(chosen.sources, choice, clock)
    rising = [hashtag for hashtag in found.hashtags if not hashtag.is_fading][:limit]
    fading = [hashtag for hashtag in found.hashtags if hashtag.is_fading][: limit - len(rising)]
    places = await _places(redis, inputs, [*rising, *fading], clock)
    compared = comparison(found, clock)
    return Ranking(
        day=inputs.day,
        languages=list(choice.languages),
        window="rising",
        as_of=now,
        final=False,
        posts=await read_posts(redis, inputs),
        top=places[: len(rising)],
        note="" if found.days or found.hours else compared.words,
        compared=compared,
        fading=places[len(rising) :],
        networks=list(choice.networks),
    )


async def read_usual_hours(
    redis: Redis, sources: Sequence[str], ranking: Ranking, clock: datetime, now: datetime
) -> dict[str, list[float | None]]:
    """Return by key what was usual in each of the last 24 hours for a ranking's rising hashtags, oldest first.

    Each is in the network and language in which it rises. Without ``why`` there are none.

    Raises:
        RedisError, OSError: Redis is away.
    """
    by_scope: dict[SourceLanguage, list[str]] = {}
    for place in ranking.top:
        if isinstance(place.why, Why):
            scope = SourceLanguage(place.why.network or sources[0], place.why.language)
            by_scope.setdefault(scope, []).append(place.key)
    usual: dict[str, list[float | None]] = {}
    for scope, keys in by_scope.items():
        usual |= await process_finder.usual_by_hour(redis, scope, keys, clock, now)
    return {key: [None if number is None else round(number, 1) for number in line] for key, line in usual.items()}


async def _places(
    redis: Redis, inputs: RankingInputs, found: Sequence[RisingHashtag], clock: datetime
) -> list[RankedHashtag]:
    if not found:
        return []
    keys = [hashtag.peak.key for hashtag in found]
    # A peak may be of yesterday, and then its spelling is too.
    days = sorted({*inputs.spelling_days, *(hashtag.peak.at.date() for hashtag in found)}, reverse=True)
    companions = [key for hashtag in found for key in hashtag.together]
    spellings = await _spellings(redis, inputs.sources, days, [*keys, *companions])
    of_keys = await raw_scores(redis, inputs.counts, keys)
    authors = await _authors(redis, inputs, keys)
    return [
        RankedHashtag(
            rank,
            spellings[hashtag.peak.key],
            hashtag.peak.key,
            posts := inputs.combine(of_key),
            authors=about,
            few_authors=few_authors(posts, about),
            why=_why(hashtag, clock, is_named=len(inputs.sources) > 1),
            networks=inputs.by_network(of_key),
            together=[Companion(spellings[key], key) for key in hashtag.together] or UNSET,
        )
        for rank, (hashtag, of_key, about) in enumerate(zip(found, of_keys, authors, strict=True), start=1)
    ]


async def _spellings(redis: Redis, sources: Sequence[str], days: Sequence[date], keys: list[str]) -> dict[str, str]:
    return dict(zip(keys, await read_spellings_of(redis, sources, days, keys), strict=True))


async def _authors(redis: Redis, inputs: RankingInputs, keys: list[str]) -> Sequence[int | None]:
    if not inputs.authors or not await redis.exists(*inputs.authors):
        return [None] * len(keys)
    return await scores(redis, inputs.authors, keys, inputs.combine)


def _why(hashtag: RisingHashtag, clock: datetime, *, is_named: bool) -> Why:
    peak = hashtag.peak
    return Why(
        observed=round(peak.observed),
        expected=round(peak.expected, 1),
        unit=peak.unit,
        score=round(peak.score_at(clock), 1),
        peak_at=peak.at.replace(microsecond=0),
        language=hashtag.scope.language,
        state="fading" if hashtag.is_fading else "rising",
        usual=round(peak.usual, 1),
        times=times_usual(peak),
        words=headline(hashtag),
        details=details(hashtag, clock),
        network=hashtag.scope.source if is_named else "",
    )
