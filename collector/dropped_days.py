"""Commits -> what was dropped of each day of the stream's clock, one file a day (contract.dropped).

Only the totals of all time are in the spool. What they were when the clock entered the day stands in a file beside
those of the days, so a restart goes on with the same day.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import msgspec

from contract.dropped import dropped_file, write_dropped

log = logging.getLogger(__name__)


class _Begun(msgspec.Struct):
    """The day of the clock, and the totals when it began; None where nobody watched it begin."""

    day: date
    before: dict[str, int] | None


class DroppedDays:
    """Follows one stream's commits."""

    def __init__(self, data_dir: Path, source: str, clock: datetime | None, totals: Mapping[str, int]) -> None:
        """Go on where an earlier process stopped.

        ``clock`` is the stream's, None while it has not begun, ``totals`` what was dropped of it in all, by reason.
        """
        self._data_dir = data_dir
        self._source = source
        self._begun_path = dropped_file(data_dir, source, date.min).with_name("begun")
        self._begun = _read(self._begun_path) or (_Begun(clock.date(), None) if clock else None)
        self._totals = totals
        # A process may have died between its commit and what follows from it.
        self.committed(clock, totals)

    def committed(self, clock: datetime | None, totals: Mapping[str, int]) -> None:
        """Note the clock and the totals of a commit; a day that the clock has left gets its file.

        What the disk does not take is not on record: a warning, and collecting goes on.
        """
        if clock and (self._begun is None or clock.date() > self._begun.day):
            try:
                self._turn(clock.date())
            except OSError as error:
                log.warning("what was dropped until %s is not on record: %s", clock.date(), error.strerror)
                self._begun = _Begun(clock.date(), None)
        self._totals = totals

    def _turn(self, day: date) -> None:
        """Write the day that ended, with the drops up to the commit before, and begin the next."""
        before: Mapping[str, int] = self._totals if self._begun else {}
        if self._begun and self._begun.before is not None:
            dropped = Counter(before)
            dropped.subtract(self._begun.before)
            write_dropped(dropped_file(self._data_dir, self._source, self._begun.day), +dropped)
        self._begun = _Begun(day, dict(before))
        self._begun_path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._begun_path.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(self._begun))
        unfinished.replace(self._begun_path)


def _read(path: Path) -> _Begun | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Begun)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
