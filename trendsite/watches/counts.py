"""Reads the counts that a question is about. Hidden hashtags are left out, as everywhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from redis.asyncio import Redis

from trendsite.archive.models import Day, DayCount
from trendsite.queries.choice import Choice
from trendsite.queries.hiding import hides_in
from trendsite.queries.pipeline_status import Shown, read_clock
from trendsite.queries.rankings import hour_inputs, read_ranking, read_spellings_of
from trendsite.queries.sorted_sets import raw_scores, top_k
from trendsite.trending.finder import Finder
from trendsite.trending.words import times_usual
from trendsite.watches.conditions import Hit, Question
from trendsite.watches.models import Watch

MAX_PLACES = 100
"""The deepest place that a watch may ask for."""

MAX_COUNTED = 300
"""Hashtags that patterns and newcomers are looked for among, most posts in the last hour first."""

NEWCOMER_DAYS = 7
NEWCOMER_RANKS = 100


@dataclass(frozen=True)
class Counts:
    """The counts that Redis has at one moment of what the board shows; ``now`` is the processing time (UTC)."""

    redis: Redis
    shown: Shown
    finder: Finder
    now: datetime

    async def hits(self, question: Question, watches: Sequence[Watch]) -> list[Hit]:
        """Return the hashtags that are high enough for any of the watches that ask a question.

        In the first hour of a day its top would be that of a few posts, so the last hour takes its place.

        Raises:
            RedisError, OSError: Redis is away.
        """
        shown = self.shown.chosen(question.choice.networks)
        clock = await read_clock(self.redis, shown)
        if question.condition == Watch.Condition.RISING:
            return await self._rising(shown, question.choice, clock)
        if question.condition == Watch.Condition.COUNT:
            return await self._counted(shown, question.choice, watches, clock)
        is_hour = question.condition == Watch.Condition.HOUR or clock.hour == 0
        choice = replace(question.choice, window="hour" if is_hour else "day")
        limit = min(MAX_PLACES, max(watch.threshold for watch in watches))
        ranking = await read_ranking(self.redis, shown, choice, limit, self.now)
        return [Hit(place.key, place.hashtag, place.posts, place.rank) for place in ranking.top]

    async def _rising(self, shown: Shown, choice: Choice, clock: datetime) -> list[Hit]:
        found = await self.finder.find(self.redis, shown.sources, choice.languages, clock, self.now)
        peaks = [hashtag.peak for hashtag in found.hashtags if not hashtag.is_fading]
        names = await self._spellings(shown, clock, [peak.key for peak in peaks])
        return [Hit(peak.key, names[peak.key], round(peak.observed), times=times_usual(peak)) for peak in peaks]

    async def _counted(self, shown: Shown, choice: Choice, watches: Sequence[Watch], clock: datetime) -> list[Hit]:
        """Return the hashtags that have the least number of posts that a watch asks for."""
        inputs = hour_inputs(shown.sources, choice, clock)
        hides = hides_in(choice.languages, self.now)
        exact = sorted({watch.key for watch in watches if watch.subject == Watch.Subject.HASHTAG})
        named = [key for key in exact if not (hides and hides(key))]
        posts = dict(zip(named, map(inputs.combine, await raw_scores(self.redis, inputs.counts, named)), strict=True))
        if any(watch.subject != Watch.Subject.HASHTAG for watch in watches):
            top = await top_k(self.redis, inputs.counts, inputs.combine, MAX_COUNTED, hides)
            posts |= {found.member: found.score for found in top}
        least = min(watch.threshold for watch in watches)
        keys = [key for key, number in posts.items() if number >= least]
        names = await self._spellings(shown, clock, keys)
        return [Hit(key, names[key], posts[key]) for key in keys]

    async def _spellings(self, shown: Shown, clock: datetime, keys: list[str]) -> dict[str, str]:
        if not keys:
            return {}
        days = [clock.date(), clock.date() - timedelta(days=1)]
        return dict(zip(keys, await read_spellings_of(self.redis, shown.sources, days, keys), strict=True))


def newcomers(keys: Collection[str], sources: Sequence[str], languages: Sequence[str], day: date) -> set[str]:
    """Return those of ``keys`` that were not among the first 100 of a language on any of the seven days before ``day``.

    Without an archived day there is nothing to compare with, and none is a newcomer.

    Raises:
        DatabaseError: the database is away.
    """
    first = day - timedelta(days=NEWCOMER_DAYS)
    days = list(Day.objects.filter(source__in=sources, date__gte=first, date__lt=day).values_list("pk", flat=True))
    if not days or not keys:
        return set()
    rows = DayCount.objects.filter(day__in=days, language__in=languages, rank__lte=NEWCOMER_RANKS, key__in=keys)
    return set(keys) - set(rows.values_list("key", flat=True))
