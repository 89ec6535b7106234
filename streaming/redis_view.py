"""Redis as a view of the counts: absolute counts in, marked with the offset up to which they are there.

Every write may be repeated and none lowers a count, so a batch that is tried again, or a new
query that catches up, changes nothing that was right. A batch takes three round trips: what is
shown, what changes with the standings after it, and the rankings that follow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, cast

import msgspec
import redis
from redis.client import Pipeline

from contract import redis_names
from contract.ranking import Ranking, encode_ranking
from contract.status import StreamingStatus
from streaming.changes import DayChange
from streaming.standings import DayStandings, HourStandings, Question, Standing, hours_before
from streaming.writes import Writes

FILLING = -1
"""The mark of a Redis that is being filled."""

_MARK = Path(__file__).with_name("mark.lua").read_text()


def withdraw_report(client: redis.Redis) -> None:
    """Report no more, so that nobody takes the last report for a living one."""
    client.delete(redis_names.STREAMING_STATUS)


@dataclass(frozen=True)
class Shown:
    """What the board shows of a source; ``clock`` is the latest event time counted, None before the first."""

    day: date
    clock: datetime | None


@dataclass(frozen=True)
class Written:
    """What stands in Redis after a batch; ``shown`` None where the batch was empty and nothing is shown."""

    standings: list[Standing]
    shown: Shown | None


class RedisView:
    """The keys of one source."""

    def __init__(self, client: redis.Redis, source: str) -> None:
        """Write with ``client`` for ``source``."""
        self._redis = client
        self._source = source
        self._minute: datetime | None = None
        self._writes = Writes(source)

    def write(self, changes: list[DayChange], mark: int, least: int) -> Written | None:
        """Take up a batch's changes and mark it; return what stands after it.

        None says that no mark of ``least`` or more stood: Redis has lost something, and what was written is right but
        not whole. A mark beyond ``mark`` stays: Redis has what a run before this one counted.
        """
        before = self.shown()
        shown = _advanced(before, changes)
        pipeline = self._redis.pipeline(transaction=False)
        questions = self._questions(changes, shown)
        for change in changes:
            self._writes.add(pipeline, change)
        if shown and shown != before:
            self._put_shown(pipeline, shown, is_other=before is None)
        marked = len(pipeline)
        pipeline.eval(_MARK, 1, redis_names.marker(self._source), mark, redis_names.DAY_TTL, least)
        for question in questions:
            question.ask(pipeline)
        answers = pipeline.execute()
        if not answers[marked]:
            return None
        following = iter(answers[marked + 1 :])
        return Written([standing for question in questions for standing in question.read(following)], shown)

    def publish(self, rankings: list[Ranking], shown: Shown | None) -> None:
        """Store rankings, one language each, and publish those of what is shown."""
        if not rankings:
            return
        pipeline = self._redis.pipeline(transaction=False)
        for ranking in rankings:
            (language,) = ranking.languages
            name = redis_names.rankings(self._source, ranking.day, ranking.window)
            message = encode_ranking(ranking)
            pipeline.hset(name, language, message)
            self._writes.renew(pipeline, name, redis_names.DAY_TTL)
            if shown and ranking.day >= shown.day:
                pipeline.publish(redis_names.ranking_channel(ranking.window, language), message)
        pipeline.execute()

    def shown(self) -> Shown | None:
        """Return what the board shows of this source; None when it shows another source."""
        return self._shown_of(cast("list[str | None]", self._redis.hmget(redis_names.CURRENT, _SHOWN)))

    def show(self, day: date) -> None:
        """Let the board show this source, at least this day."""
        before = self.shown()
        if before is None or day > before.day:
            pipeline = self._redis.pipeline(transaction=False)
            self._put_shown(pipeline, Shown(day, before.clock if before else None), is_other=before is None)
            pipeline.execute()

    def counted_days(self, days: Iterable[date]) -> list[date]:
        """Return those of some days that have counts here."""
        return [day for day in days if self._redis.exists(redis_names.posts(self._source, day))]

    def posts_by_language(self, day: date) -> dict[str, int]:
        """Return how many posts each language of a day has, ``*`` included."""
        counted = self._redis.zrange(redis_names.posts(self._source, day), 0, -1, withscores=True)
        return {language: int(posts) for language, posts in cast("list[tuple[str, float]]", counted)}

    def day_standings(self, day: date, languages: list[str], places: int) -> list[Standing]:
        """Return the first places of a day in each of some languages."""
        pipeline = self._redis.pipeline(transaction=False)
        question = DayStandings(self._source, day, languages, places)
        question.ask(pipeline)
        return question.read(iter(pipeline.execute()))

    def marker(self) -> int | None:
        """Return the offset up to which everything is here, FILLING while it is filled, None where it was lost."""
        mark = cast("str | None", self._redis.get(redis_names.marker(self._source)))
        return int(mark) if mark is not None else None

    def begin_filling(self) -> None:
        """Put a mark in place of what was lost; should it go as well, filling must begin again."""
        self._minute = None
        self._writes.forget_renewals()
        self._redis.set(redis_names.marker(self._source), FILLING, ex=redis_names.DAY_TTL)

    def report(self, status: StreamingStatus) -> None:
        """Say how streaming is."""
        self._redis.set(redis_names.STREAMING_STATUS, msgspec.json.encode(status), ex=redis_names.STATUS_TTL)

    def _shown_of(self, current: list[str | None]) -> Shown | None:
        source, day, clock = current
        if not day or source != self._source:
            return None
        return Shown(date.fromisoformat(day), datetime.fromisoformat(clock) if clock else None)

    def _questions(self, changes: list[DayChange], shown: Shown | None) -> list[Question]:
        """Return what to ask: the days that changed, and the last hour of the languages that did or have aged."""
        languages = {change.day: [changed.language for changed in change.languages] for change in changes}
        questions: list[Question] = [
            DayStandings(self._source, day, of_day) for day, of_day in languages.items() if of_day
        ]
        if shown and shown.clock:
            touched = {*chain.from_iterable(languages.values()), *self._aged(shown.clock)}
            if touched:
                questions.append(HourStandings(self._source, shown.day, shown.clock, sorted(touched)))
        return questions

    def _aged(self, clock: datetime) -> set[str]:
        """Return every language with posts in the last hour, once a minute of ``clock``; else none.

        Its last hour shrinks even when nobody posts.
        """
        minute = clock.replace(second=0, microsecond=0)
        if minute == self._minute:
            return set()
        self._minute = minute
        self._writes.forget_renewals()
        pipeline = self._redis.pipeline(transaction=False)
        for at in hours_before(clock):
            pipeline.zrange(redis_names.hour_posts(self._source, at.date(), at.hour), 0, -1)
        return set(chain.from_iterable(pipeline.execute()))

    def _put_shown(self, pipeline: Pipeline, shown: Shown, is_other: bool) -> None:
        if is_other:
            pipeline.delete(redis_names.CURRENT)
        fields = {"source": self._source, "day": shown.day.isoformat()}
        if shown.clock:
            fields["clock"] = shown.clock.isoformat()
        pipeline.hset(redis_names.CURRENT, mapping=cast(Any, fields))


_SHOWN = ["source", "day", "clock"]


def _advanced(shown: Shown | None, changes: list[DayChange]) -> Shown | None:
    """Return what is shown once the changes are there: never an earlier day or moment than before."""
    if not changes:
        return shown
    days = [change.day for change in changes]
    clocks = [change.clock for change in changes if change.clock]
    if shown:
        days.append(shown.day)
        clocks.extend([shown.clock] if shown.clock else [])
    return Shown(max(days), max(clocks, default=None))
