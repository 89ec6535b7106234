"""The foreachBatch sink: absolute counts into Redis, each changed ranking published.

Redis is only a view: a mark of the last batch written tells whether it lost anything, and if so
it is filled again from Spark's state.
"""

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime

import pyarrow as pa
from pyspark.sql import DataFrame

from contract.ranking import RankedHashtag, Ranking, few_authors
from streaming.changes import DayChange, day_changes
from streaming.redis_view import RedisView, Shown
from streaming.standings import Standing

log = logging.getLogger(__name__)


def next_ranking(standing: Standing, as_of: datetime) -> Ranking:
    """Return the ranking that follows the one before it in one language."""
    ranks = {place.key: place.rank for place in standing.previous.top} if standing.previous else {}
    top = [
        RankedHashtag(
            rank,
            place.hashtag,
            place.key,
            place.posts,
            authors=place.authors,
            previous_rank=ranks.get(place.key),
            is_new=place.key not in ranks,
            few_authors=few_authors(place.posts, place.authors),
        )
        for rank, place in enumerate(standing.top, 1)
    ]
    return Ranking(
        standing.day, [standing.language], standing.window, as_of, final=False, posts=standing.posts, top=top
    )


def is_changed(previous: Ranking | None, ranking: Ranking) -> bool:
    """Return whether a viewer would see a difference."""
    if previous is None or previous.posts != ranking.posts:
        return True
    return [(p.key, p.hashtag, p.posts, p.authors) for p in previous.top] != [
        (p.key, p.hashtag, p.posts, p.authors) for p in ranking.top
    ]


class RankingSink:
    """Writes the batches of one day's query. ``read_state(batch)`` returns the counts after that batch."""

    def __init__(
        self,
        view: RedisView,
        query: date,
        read_state: Callable[[int], pa.Table],
        now: Callable[[], datetime],
        record_race: Callable[[list[date], Shown | None], None],
    ) -> None:
        """Write into ``view`` for the query of the day ``query``, and let ``record_race`` know which days changed."""
        self._view = view
        self._query = query
        self._read_state = read_state
        self._now = now
        self._record_race = record_race
        self._lock = threading.Lock()
        self.rebuilds = 0

    def write_batch(self, counts: DataFrame, batch: int) -> None:
        """Write one micro-batch; the argument of ``foreachBatch``."""
        changes = list(day_changes(counts.toArrow()))
        with self._lock:
            while not self._write(changes, batch, self._expected(batch)):
                if batch > 0:
                    self._fill(batch - 1)

    def rebuild_if_lost(self, last_committed: Callable[[], int | None]) -> None:
        """Fill Redis again if it does not hold the last committed batch, or the one after it."""
        with self._lock:
            batch = last_committed()
            if batch is not None and self._view.marker() not in (self._mark(batch), self._mark(batch + 1)):
                self._fill(batch)

    def _mark(self, batch: int) -> str:
        return f"{self._query}:{batch}"

    def _expected(self, batch: int) -> list[str]:
        """Return the marks that may stand before a batch; before the first, one is put there."""
        return [self._mark(batch - 1), self._mark(batch)] if batch > 0 else [self._view.begin_filling()]

    def _fill(self, batch: int) -> None:
        log.warning("Redis does not hold batch %d of %s: filling it again from Spark's state", batch, self._query)
        self.rebuilds += 1
        changes = list(day_changes(self._read_state(batch)))
        while not self._write(changes, batch, [self._view.begin_filling()]):
            log.warning("Redis lost something while it was filled: once more")

    def _write(self, changes: list[DayChange], batch: int, expected: list[str]) -> bool:
        """Write and publish, and return True; False where none of the expected marks stands in Redis."""
        written = self._view.write(changes, self._mark(batch), expected)
        if written is None:
            return False
        as_of = self._now()
        rankings = [(standing.previous, next_ranking(standing, as_of)) for standing in written.standings]
        changed = [ranking for previous, ranking in rankings if is_changed(previous, ranking)]
        self._view.publish(changed, written.shown)
        self._record_race([change.day for change in changes], written.shown)
        return True
