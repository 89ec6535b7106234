"""The foreachBatch sink: absolute counts into Redis, each changed top ten published.

Redis is only a view: a mark of the last batch written tells whether it lost anything, and if so
it is filled again from Spark's state.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime

import pyarrow as pa
from pyspark.sql import DataFrame

from contract.closed_day import TOTAL_KEY
from contract.ranking import RankedHashtag, Ranking
from streaming.counts import ANY_SPELLING
from streaming.redis_view import RedisView, Standing

log = logging.getLogger(__name__)


def next_ranking(previous: Ranking | None, day: date, standing: Standing, as_of: datetime) -> Ranking:
    """Return the ranking that follows ``previous`` in one language."""
    ranks = {place.key: place.rank for place in previous.top} if previous else {}
    top = [
        RankedHashtag(rank, spelling, key, posts, previous_rank=ranks.get(key), is_new=key not in ranks)
        for rank, (key, spelling, posts) in enumerate(standing.top, 1)
    ]
    return Ranking(day, [standing.language], "day", as_of, final=False, posts=standing.posts, top=top)


def is_changed(previous: Ranking | None, ranking: Ranking) -> bool:
    """Return whether a viewer would see a difference."""
    if previous is None or previous.posts != ranking.posts:
        return True
    return [(p.key, p.hashtag, p.posts) for p in previous.top] != [(p.key, p.hashtag, p.posts) for p in ranking.top]


class RankingSink:
    """Writes the batches of one day's query. ``read_state(batch)`` returns the counts after that batch."""

    def __init__(
        self,
        view: RedisView,
        query: date,
        read_state: Callable[[int], Iterable[pa.RecordBatch]],
        now: Callable[[], datetime],
    ) -> None:
        """Write into ``view`` for the query of the day ``query``."""
        self._view = view
        self._query = query
        self._read_state = read_state
        self._now = now
        self._lock = threading.Lock()
        self.rebuilds = 0

    def write_batch(self, counts: DataFrame, batch: int) -> None:
        """Write one micro-batch; the argument of ``foreachBatch``."""
        changed = counts.toArrow()
        with self._lock:
            if batch > 0 and self._view.marker() not in (self._mark(batch - 1), self._mark(batch)):
                self._rebuild(batch - 1)
            self._write(changed.to_batches())
            self._view.mark(self._mark(batch))

    def rebuild_if_lost(self, last_committed: Callable[[], int | None]) -> None:
        """Fill Redis again if it does not hold the last committed batch, or the one after it."""
        with self._lock:
            batch = last_committed()
            if batch is None or self._view.marker() in (self._mark(batch), self._mark(batch + 1)):
                return
            self._rebuild(batch)
            self._view.mark(self._mark(batch))

    def _mark(self, batch: int) -> str:
        return f"{self._query}:{batch}"

    def _rebuild(self, batch: int) -> None:
        log.warning("Redis does not hold batch %d of %s: filling it again from Spark's state", batch, self._query)
        self.rebuilds += 1
        self._write(self._read_state(batch))

    def _write(self, counts: Iterable[pa.RecordBatch]) -> None:
        touched: dict[date, set[str]] = defaultdict(set)
        for record_batch in counts:
            for (day, language), group in _by_day_and_language(record_batch).items():
                self._write_group(day, language, group)
                touched[day].add(language)
        for day in sorted(touched):
            self._rank(day, sorted(touched[day]))

    def _write_group(self, day: date, language: str, group: list[tuple[str, str, int]]) -> None:
        counts = {key: posts for key, spelling, posts in group if key != TOTAL_KEY and spelling == ANY_SPELLING}
        total = next((posts for key, _, posts in group if key == TOTAL_KEY), None)
        spellings = [counted for counted in group if counted[1] != ANY_SPELLING]
        if total is not None:
            self._view.write_posts(day, language, total)
        if counts:
            self._view.write_counts(day, language, counts)
        if spellings:
            self._view.write_spellings(day, spellings)

    def _rank(self, day: date, languages: list[str]) -> None:
        shown = self._view.shown_day()
        if shown is None or day > shown:
            self._view.show(day)
        previous = self._view.stored_rankings(day, languages)
        standings = self._view.standings(day, languages)
        rankings = [
            (before, next_ranking(before, day, standing, self._now()))
            for before, standing in zip(previous, standings, strict=True)
        ]
        changed = [ranking for before, ranking in rankings if is_changed(before, ranking)]
        self._view.publish(day, changed, announce=shown is None or day >= shown)


def _by_day_and_language(counts: pa.RecordBatch) -> dict[tuple[date, str], list[tuple[str, str, int]]]:
    groups: dict[tuple[date, str], list[tuple[str, str, int]]] = defaultdict(list)
    columns = (counts.column(name).to_pylist() for name in ("day", "language", "key", "spelling", "posts"))
    for day, language, key, spelling, posts in zip(*columns, strict=True):
        groups[day, language].append((key, spelling, posts))
    return groups
