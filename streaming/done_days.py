"""Which days of a source are done: closed, with their counts written. None is ever counted again."""

import os
import shlex
from collections.abc import Collection
from datetime import date
from pathlib import Path

import msgspec

from contract.closed_day import closed_days
from contract.data_folders import counts_folder
from streaming.recovery import RecoveryError

_RECORD = "done.json"


def done_days(data_dir: Path, source: str, told: Collection[date]) -> set[date]:
    """Return the days of ``told``, those that the collector tells, that are done.

    A closed day's folder says so until the archive removes it; the record kept here says so as
    long as the collector tells the day.

    Raises:
        RecoveryError: the record is damaged.
    """
    record = counts_folder(data_dir, source) / _RECORD
    recorded = _read(record) if record.exists() else set()
    closed = {day for name, day, _ in closed_days(data_dir) if name == source}
    done = (recorded | closed) & set(told)
    if done != recorded:
        _write(record, done)
    return done


def _read(record: Path) -> set[date]:
    try:
        return set(msgspec.json.decode(record.read_bytes(), type=list[date]))
    except msgspec.DecodeError as error:
        raise RecoveryError(
            f"{record} is damaged ({error}): restore it from a backup, or stop Trendsite and let the days that the "
            f"spool still has be counted again: rm {shlex.quote(str(record))}"
        ) from error


def _write(record: Path, done: set[date]) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    draft = record.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(sorted(done)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(record)
