"""Which days of a source are done: closed, with their counts written. The roll never counts one again."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import msgspec

from contract.closed_day import closed_days

_RECORD = "done.json"


def done_days(data_dir: Path, source: str, told: Collection[date]) -> set[date]:
    """Return the days of ``told``, those that the collector tells, that are done.

    A closed day's folder says so until the archive removes it; the record kept here says so as
    long as the collector tells the day.
    """
    record = data_dir / "checkpoints" / source / _RECORD
    recorded = set(msgspec.json.decode(record.read_bytes(), type=list[date])) if record.exists() else set()
    closed = {day for name, day, _ in closed_days(data_dir) if name == source}
    done = (recorded | closed) & set(told)
    if done != recorded:
        record.parent.mkdir(parents=True, exist_ok=True)
        draft = record.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(sorted(done)))
        draft.replace(record)
    return done
