"""Redis as a view of the counts: absolute counts in, marked with the offset up to which Redis has everything.

Every write may be repeated and none lowers a count. So a repeated batch, or a new query that catches up, changes
nothing that was right. A batch takes three round trips: the current day, the updates with the rankings after them,
and the rankings to publish.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, cast

import msgspec
import redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

from contract import redis_names
from contract.pairs import encode_partners
from contract.ranking import Ranking, encode_ranking
from contract.redis_fault import raise_fault
from contract.redis_names import REBUILDING
from contract.status import StreamingStatus
from streaming.sink.commands import RedisCommands, chunks, lua
from streaming.sink.top_k import DayTopK, HourTopK, RankingChange, TopKQuery, hours_before
from streaming.sink.updates import DayUpdate
from streaming.state.pairs import PairChanges

RETRIES = 60

_SECONDS_ONCE = 2.0

_MISSING_KEYS = lua("missing_keys")
_KEY_LOST = 2
_CURRENT_FIELDS = ["day", "clock"]


def connect_redis(url: str) -> redis.Redis:
    """Return a client that waits up to about two minutes for a Redis that is away."""
    errors = [redis.ConnectionError, redis.TimeoutError]
    backoff = ExponentialWithJitterBackoff(base=0.1, cap=2.0)
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2.0,
        socket_timeout=10.0,
        retry=Retry(backoff, RETRIES, supported_errors=tuple(errors)),
        retry_on_error=errors,
    )


def check_redis(url: str) -> None:
    """Connect to Redis once.

    Raises:
        SettingError: it refuses REDIS_URL. A Redis that is away is no error.
    """
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=_SECONDS_ONCE, socket_timeout=_SECONDS_ONCE, retry=Retry(NoBackoff(), 0)
        ) as client:
            client.ping()
    except Exception as error:  # noqa: BLE001 - a Redis that is away is waited for
        raise_fault(error)


def delete_report(client: redis.Redis, source: str) -> None:
    """Delete the last report, so that it is not taken for one of a running process."""
    client.delete(redis_names.streaming_status(source))


def announce(client: redis.Redis, sources: Sequence[str]) -> None:
    """Store the running sources, whose keys the site reads."""
    client.set(redis_names.SOURCES, redis_names.encode_sources(sources))


def report_problem(client: redis.Redis, source: str, problem: str) -> None:
    """Report why a source is not counted now."""
    status = StreamingStatus(source, None, 0, 0, -1, 0.0, 0, datetime.now(UTC), problem=problem)
    RedisView(client, source).report(status)


def delete_old_keys(client: redis.Redis) -> None:
    """Delete the keys of earlier versions that nothing reads."""
    client.delete(*redis_names.OLD_KEYS)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class CurrentDay:
    """The day that the board shows of a source. ``clock`` is its latest event time counted, None before the first."""

    day: date
    clock: datetime | None


@dataclass(frozen=True)
class Written:
    """The result of writing a batch.

    ``current`` is None if the batch was empty and no day was counted yet. ``has_lost`` says that Redis had lost a key
    before this batch wrote it: the key now has the batch's counts only.
    """

    rankings: list[RankingChange]
    current: CurrentDay | None
    has_lost: bool = False


@dataclass(frozen=True)
class RedisContents:
    """What Redis has: everything up to ``mark`` (REBUILDING while it is rebuilt) without the ``missing`` keys.

    Each missing key has its day, None for a key without one.
    """

    mark: int
    missing: dict[str, date | None]


class RedisView:
    """The keys of one source."""

    def __init__(self, client: redis.Redis, source: str, now: Callable[[], datetime] = _utc_now) -> None:
        """Write with ``client`` for ``source``. Rankings get the time ``now``."""
        self._redis = client
        self._source = source
        self._now = now
        self._minute: datetime | None = None
        self._latest_current: CurrentDay | None = None
        self._commands = RedisCommands(source)

    def write(self, updates: list[DayUpdate], mark: int, least: int) -> Written | None:
        """Write a batch's updates and the mark; return the rankings after it.

        None means that no mark of ``least`` or more stood: Redis has lost something. What was written is right, but
        other keys are missing. A mark beyond ``mark`` stays: a run before this one had counted further.
        """
        before = self.current()
        current = _advance(before, updates)
        pipeline = self._redis.pipeline(transaction=False)
        queries = self._queries(updates, current)
        for update in updates:
            self._commands.add_update(pipeline, update)
        if current and current != before:
            self._put_current(pipeline, current)
        marked = len(pipeline)
        self._commands.add_mark(pipeline, mark, least)
        for query in queries:
            query.add_commands(pipeline)
        responses = pipeline.execute()
        if not responses[marked]:
            return None
        following, as_of = iter(responses[marked + 1 :]), self._now()
        rankings = [change for query in queries for change in query.read(following, as_of)]
        return Written(rankings, current, has_lost=responses[marked] == _KEY_LOST)

    def publish(self, rankings: list[Ranking], current: CurrentDay | None, mark: int) -> bool:
        """Store rankings of one language each, and publish those of the current day.

        ``mark`` is that of their batch. Return False if Redis had lost rankings.
        """
        if not rankings:
            return True
        pipeline = self._redis.pipeline(transaction=False)
        for ranking in rankings:
            (language,) = ranking.languages
            name = redis_names.rankings(self._source, ranking.day, ranking.window)
            message = encode_ranking(ranking)
            pipeline.hset(name, language, message)
            self._commands.track(name, redis_names.DAY_TTL)
            if current and ranking.day >= current.day:
                pipeline.publish(redis_names.ranking_channel(self._source, ranking.window, language), message)
        self._commands.add_mark(pipeline, mark, mark)
        return bool(pipeline.execute()[-1] != _KEY_LOST)

    def current(self) -> CurrentDay | None:
        """Return the day that the board shows of this source; None if there is none yet."""
        name = redis_names.current(self._source)
        day, clock = cast("list[str | None]", self._redis.hmget(name, _CURRENT_FIELDS))
        if not day:
            return None
        self._latest_current = CurrentDay(date.fromisoformat(day), datetime.fromisoformat(clock) if clock else None)
        return self._latest_current

    def show(self, day: date, clock: datetime | None = None) -> None:
        """Make the board show at least this day of this source. ``clock`` is used if Redis has none."""
        before = self.current()
        after = CurrentDay(max(day, before.day), before.clock or clock) if before else CurrentDay(day, clock)
        if after != before:
            self._put_current_now(after)

    def hide(self) -> None:
        """Make the board stop showing this source."""
        self._latest_current = None
        self._redis.delete(redis_names.current(self._source))

    def counted_days(self, days: Iterable[date]) -> list[date]:
        """Return those of some days that have counts in Redis."""
        return [day for day in days if self._redis.exists(redis_names.posts(self._source, day))]

    def posts_by_language(self, day: date) -> dict[str, int]:
        """Return the posts of a day in each language, and in ``*``."""
        counted = self._redis.zrange(redis_names.posts(self._source, day), 0, -1, withscores=True)
        return {language: int(posts) for language, posts in cast("list[tuple[str, float]]", counted)}

    def top_of_day(self, day: date, languages: list[str], k: int) -> list[Ranking]:
        """Return the top ``k`` of a day in each of some languages."""
        pipeline = self._redis.pipeline(transaction=False)
        query = DayTopK(self._source, day, languages, k)
        query.add_commands(pipeline)
        return [change.ranking for change in query.read(iter(pipeline.execute()), self._now())]

    def write_race(self, day: date, hours: Mapping[str, Mapping[str, bytes]]) -> None:
        """Write the frames of some hours of a day, of each language. The next mark checks that no other hour was lost.

        ``hours`` has the fields of ``contract.race.pack_hours`` by language.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for language, fields in hours.items():
            name = redis_names.race(self._source, day, language)
            pipeline.hset(name, mapping=cast(Any, fields))
            self._commands.track(name, redis_names.DAY_TTL)
        pipeline.execute()

    def write_pairs(self, day: date, changes: PairChanges) -> None:
        """Write the partners of some hashtags of a day. The next mark checks that no other hashtag was lost."""
        name = redis_names.pairs(self._source, day)
        pipeline = self._redis.pipeline(transaction=False)
        for some in chunks(changes.removed):
            pipeline.hdel(name, *some)
        for summaries in chunks(changes.changed.items()):
            pipeline.hset(name, mapping={key: encode_partners(summary.partners()) for key, summary in summaries})
        if changes.changed:
            self._commands.track(name, redis_names.DAY_TTL)
        pipeline.execute()

    def holdings(self) -> RedisContents | None:
        """Return what Redis has; None if the mark or the record of keys is lost. Restores a lost ``current``."""
        marker, record = redis_names.marker(self._source), redis_names.written_keys(self._source)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.eval(_MISSING_KEYS, 2, marker, record)
        pipeline.exists(redis_names.current(self._source))
        (mark, *missing), has_current = pipeline.execute()
        if mark is None:
            return None
        if not has_current and self._latest_current:
            self._put_current_now(self._latest_current)
        return RedisContents(int(mark), {name: redis_names.day_of(self._source, name) for name in missing})

    def forget(self, keys: Collection[str]) -> None:
        """Take lost keys off the record: nothing can restore them."""
        self._redis.zrem(redis_names.written_keys(self._source), *keys)

    def begin_rebuild(self) -> None:
        """Set the mark REBUILDING. If it is lost too, the rebuild must start again."""
        self._minute = None
        self._commands.renew_again()
        marker, record = redis_names.marker(self._source), redis_names.written_keys(self._source)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(marker, REBUILDING, ex=redis_names.DAY_TTL)
        pipeline.zadd(record, {marker: "+inf"})
        pipeline.eval(_MISSING_KEYS, 2, marker, record)
        _, *missing = pipeline.execute()[-1]
        if missing:
            # The rebuild records again what it can restore. The rest is gone for good.
            self._redis.zrem(record, *missing)

    def report(self, status: StreamingStatus) -> None:
        """Store the status of streaming, and prolong the life of the day to show."""
        name = redis_names.streaming_status(self._source)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(name, msgspec.json.encode(status), ex=redis_names.STATUS_TTL)
        pipeline.expire(redis_names.current(self._source), redis_names.DAY_TTL)
        pipeline.execute()

    def _queries(self, updates: list[DayUpdate], current: CurrentDay | None) -> list[TopKQuery]:
        """Return the queries after some updates: the days that changed, and the last hour of languages.

        Those are the languages that changed, and once a minute all of them.
        """
        languages = {update.day: [of.language for of in update.languages] for update in updates}
        queries: list[TopKQuery] = [DayTopK(self._source, day, of_day) for day, of_day in languages.items() if of_day]
        if current and current.clock:
            touched = {*chain.from_iterable(languages.values()), *self._aged(current.clock)}
            if touched:
                queries.append(HourTopK(self._source, current.day, current.clock, sorted(touched)))
        return queries

    def _aged(self, clock: datetime) -> set[str]:
        """Return every language with posts in the last hour, once per minute of ``clock``; else none.

        The last hour of a language shrinks without new posts too.
        """
        minute = clock.replace(second=0, microsecond=0)
        if minute == self._minute:
            return set()
        self._minute = minute
        self._commands.renew_again()
        pipeline = self._redis.pipeline(transaction=False)
        for at in hours_before(clock):
            pipeline.zrange(redis_names.hour_posts(self._source, at.date(), at.hour), 0, -1)
        return set(chain.from_iterable(pipeline.execute()))

    def _put_current_now(self, current: CurrentDay) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        self._put_current(pipeline, current)
        pipeline.execute()

    def _put_current(self, pipeline: Pipeline, current: CurrentDay) -> None:
        """Add the commands that write ``current``."""
        self._latest_current = current
        name = redis_names.current(self._source)
        fields = {"day": current.day.isoformat()}
        if current.clock:
            fields["clock"] = current.clock.isoformat()
        pipeline.hset(name, mapping=cast(Any, fields))
        pipeline.expire(name, redis_names.DAY_TTL)


def _advance(current: CurrentDay | None, updates: list[DayUpdate]) -> CurrentDay | None:
    """Return the current day after some updates: never an earlier day or clock than before."""
    if not updates:
        return current
    days = [update.day for update in updates]
    clocks = [update.clock for update in updates if update.clock]
    if current:
        days.append(current.day)
        clocks.extend([current.clock] if current.clock else [])
    return CurrentDay(max(days), max(clocks, default=None))
