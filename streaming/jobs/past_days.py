"""``python -m streaming.jobs.past_days FOLDER``: a few posts (contract.backfill) -> closed days, without Spark.

For the simulator's days before its first start. They are counted by the same code as live posts, but in this process:
Spark would take longer to start than all of them take. Only days are written that the source does not have yet.
"""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import msgspec
from dotenv import load_dotenv

from contract.backfill import Conversion, posts_files, read_conversion
from contract.closed_day import closed_day_folder
from contract.environment import Environment, SettingError
from contract.files import counts_folder, restrict_new_files
from contract.logs import start_logging
from streaming.aggregate.deltas import batch_of, batch_rows
from streaming.days.close import write_closed_day
from streaming.source.lines import parse
from streaming.state.errors import StoreError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore


def write_missing_days(folder: Path, data_dir: Path, report: Callable[[str], None]) -> list[date]:
    """Count the posts in ``folder`` into closed days, one after the other; return the days that were missing.

    Each day is complete or absent, so this may be killed and run again.

    Raises:
        OSError: the folder is incomplete, or cannot be written.
        StoreError: the counts of the open days are damaged.
    """
    conversion = read_conversion(folder)
    missing = missing_days(data_dir, conversion.name, conversion.days)
    for path, day in zip(posts_files(folder), conversion.days, strict=True):
        if day in missing:
            _write_day(path, day, closed_day_folder(data_dir, conversion.name, day), folder / "counts")
            report(f"Simulating the past days: {missing.index(day) + 1} of {len(missing)} counted")
    return missing


def missing_days(data_dir: Path, source: str, days: Iterable[date]) -> list[date]:
    """Return the days that are neither closed nor, in part, counted."""
    counts_file = counts_folder(data_dir, source) / COUNTS_FILE
    counted: set[date] = set()
    if counts_file.exists():
        with Snapshot(counts_file) as snapshot:
            counted = set(snapshot.days())
    return [day for day in days if day not in counted and not closed_day_folder(data_dir, source, day).exists()]


def _write_day(posts: Path, day: date, closed: Path, scratch: Path) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    counts = CountsStore(scratch / COUNTS_FILE)
    counts.begin(0, day)
    counts.add(batch_of(batch_rows(parse(posts.read_bytes()), 0, 1)))
    counts.flush()
    counts.close()
    closed.parent.mkdir(parents=True, exist_ok=True)
    with Snapshot(scratch / COUNTS_FILE) as snapshot:
        write_closed_day(snapshot, day, closed)


def _summary(conversion: Conversion, written: list[date]) -> str:
    posts = sum(conversion.days[day] for day in written)
    return f"{len(written)} simulated days with {posts:,} posts"


def main() -> None:
    """Count the days. A problem that a person must solve is one line and exit code 1."""
    restrict_new_files()
    load_dotenv()
    folder = Path(sys.argv[1])
    try:
        start_logging("streaming", Environment(os.environ), logging.WARNING)
        written = write_missing_days(folder, Environment(os.environ).data_dir(), lambda line: print(line, flush=True))
        print(_summary(read_conversion(folder), written), flush=True)
    except (SettingError, StoreError) as error:
        sys.exit(f"streaming: {error}")
    except (OSError, msgspec.DecodeError) as error:
        sys.exit(f"streaming: {folder} cannot be counted: {error}")


if __name__ == "__main__":
    main()
