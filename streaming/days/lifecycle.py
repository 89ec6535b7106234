"""Which days of the stream are open, closed or written.

A day is *open* while posts may come for it, *closed* once the collector gives it a ``closed_offset``, and *written*
once its whole counts stand as a closed day (contract.closed_day). A written day is never counted again.
"""

import shlex
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path

import msgspec

from contract.closed_day import closed_days
from contract.files import counts_folder, write_atomically
from contract.socket_protocol import DaySpan, StreamStatus
from streaming.state.errors import RecoveryError

_RECORD = "done.json"


def pending_days(stream: StreamStatus, written: Collection[date], first_day: date = date.min) -> dict[date, DaySpan]:
    """Return the days of the stream from ``first_day`` on that are not written, earliest first."""
    return {day: stream.days[day] for day in sorted(stream.days) if day >= first_day and day not in written}


def days_to_write(pending: Mapping[date, DaySpan], counted: int) -> list[date]:
    """Return the pending days that are closed and counted to their end, earliest first; ``counted`` is an offset."""
    return [day for day, span in pending.items() if span.closed_offset is not None and span.closed_offset <= counted]


def start_offset(pending: Mapping[date, DaySpan], stream: StreamStatus) -> int:
    """Return the offset where counting starts with no counts yet: at the first post of the pending days."""
    return min((span.first_offset for span in pending.values()), default=stream.end_offset)


def first_open_day(stream: StreamStatus, written: Collection[date]) -> date:
    """Return the earliest day that posts may count in.

    The collector forgets written days. So there may have been some before the first day of the stream, unless that day
    begins at offset 0. Then a late post may still open an earlier day.
    """
    if written:
        return max(written) + timedelta(days=1)
    return min(stream.days, default=date.min) if start_offset(stream.days, stream) else date.min


def releasable_offset(pending: Mapping[date, DaySpan], counted: int) -> int:
    """Return the offset below which the collector may delete: it is counted, and below the end of each pending day.

    The collector refuses to delete more, and reports each closed day until a release names it.
    """
    ends = [span.closed_offset for span in pending.values() if span.closed_offset is not None]
    return min([counted, *ends])


def day_to_show(stream: StreamStatus) -> date | None:
    """Return the day of a live stream's clock if it has no post of it yet; None if posts decide what to show.

    A recording that has ended shows its last day.
    """
    is_live = not stream.source.startswith("replay-")
    if not is_live or stream.clock is None or any(span.closed_offset is None for span in stream.days.values()):
        return None
    return stream.clock.date()


def written_days(data_dir: Path, source: str, known: Collection[date]) -> set[date]:
    """Return the written ones of the days that the collector still reports (``known``).

    A written day has a closed folder until the archive removes it. A record beside the counts then remembers the day,
    as long as the collector reports it.

    Raises:
        RecoveryError: the record is damaged.
    """
    record = counts_folder(data_dir, source) / _RECORD
    recorded = _read(record) if record.exists() else set()
    closed = {day for name, day, _ in closed_days(data_dir) if name == source}
    written = (recorded | closed) & set(known)
    if written != recorded:
        _write(record, written)
    return written


def _read(record: Path) -> set[date]:
    try:
        return set(msgspec.json.decode(record.read_bytes(), type=list[date]))
    except msgspec.DecodeError as error:
        raise RecoveryError(
            f"{record} is damaged ({error}): restore it from a backup, or stop Trendsite and let the days that the "
            f"spool still has be counted again: rm {shlex.quote(str(record))}"
        ) from error


def _write(record: Path, written: set[date]) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(record, msgspec.json.encode(sorted(written)))
