"""Records the race of each day (contract.race): a frame every five minutes of the stream's clock, read from Redis.

Batches do not depend on it. A failure is logged and counted, and the next five minutes bring the next frames.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import redis

from contract.race import (
    FRAME_MINUTES,
    PLACES,
    Frame,
    FramePlace,
    append_frames,
    end_of,
    latest_frames,
    race_file,
)
from contract.ranking import Ranking
from streaming.sink.redis_view import CurrentDay, RedisView

log = logging.getLogger(__name__)


class RaceRecorder:
    """Appends to the race files of one source. ``failures`` counts the frames that could not be recorded."""

    def __init__(self, view: RedisView, data_dir: Path, source: str) -> None:
        """Record what ``view`` has of ``source``."""
        self._view = view
        self._data_dir = data_dir
        self._source = source
        self._days: dict[date, _RecordedDay] = {}
        self.failures = 0

    def record(self, changed: Iterable[date], current: CurrentDay | None) -> None:
        """Record the days that a batch changed and whose next five minutes have begun by the clock."""
        if current is None or current.clock is None:
            return
        for day in changed:
            recorded = self._recorded(day)
            if recorded.enters_interval(current.clock):
                try:
                    self._record(recorded, current.clock)
                except (redis.RedisError, OSError):
                    self.failures += 1
                    log.exception("the race of %s was not recorded at %s", day, current.clock)

    def _recorded(self, day: date) -> "_RecordedDay":
        if day not in self._days:
            # Posts come for the day being counted and those after it. Earlier days are over.
            self._days = {known: of for known, of in self._days.items() if known >= day - timedelta(days=1)}
            self._days[day] = _RecordedDay(day, race_file(self._data_dir, self._source, day))
        return self._days[day]

    def _record(self, recorded: "_RecordedDay", clock: datetime) -> None:
        languages = recorded.languages_due(self._view.posts_by_language(recorded.day), clock)
        if languages:
            at = min(clock.replace(microsecond=0), end_of(recorded.day))
            rankings = self._view.top_of_day(recorded.day, languages, PLACES)
            recorded.append([_frame(ranking, at) for ranking in rankings])


class _RecordedDay:
    """The race file of a day, and the last frame of each language in it."""

    def __init__(self, day: date, path: Path) -> None:
        self.day = day
        self._path = path
        self._interval: datetime | None = None
        self._latest: dict[str, Frame] | None = None

    def enters_interval(self, clock: datetime) -> bool:
        """Return whether ``clock`` lies in another interval than at the last call, or is the first."""
        before, self._interval = self._interval, _interval(clock)
        return before != self._interval

    def languages_due(self, posts: dict[str, int], clock: datetime) -> list[str]:
        """Return the languages that have more posts than in their last frame, and that frame in an earlier interval.

        A query that catches up after a loss has fewer posts for a while: then no language is due.
        """
        if self._latest is None:
            self._latest = latest_frames(self._path)
        return sorted(language for language, now in posts.items() if _is_due(self._latest.get(language), now, clock))

    def append(self, frames: list[Frame]) -> None:
        append_frames(self._path, frames)
        self._latest = (self._latest or {}) | {frame.language: frame for frame in frames}


def _is_due(latest: Frame | None, posts: int, clock: datetime) -> bool:
    return latest is None or (posts > latest.posts and _interval(clock) > _interval(latest.at))


def _interval(clock: datetime) -> datetime:
    """Return the start of the five minutes that ``clock`` lies in."""
    return clock.replace(minute=clock.minute - clock.minute % FRAME_MINUTES, second=0, microsecond=0)


def _frame(ranking: Ranking, at: datetime) -> Frame:
    (language,) = ranking.languages
    return Frame(
        at, language, ranking.posts, [FramePlace(place.key, place.hashtag, place.posts) for place in ranking.top]
    )
