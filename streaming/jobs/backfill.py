"""``python -m streaming.jobs.backfill SOURCE FOLDER``: posts in files (contract.backfill) -> closed days, by Spark.

The posts may be of any day and in any order, and are counted by the same code as live posts. Each day is completed
inside FOLDER and then renamed to its final name, in place of an older folder. If it is killed, run it again.
"""

import argparse
import contextlib
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
from dotenv import load_dotenv
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from contract.backfill import posts_files, read_conversion
from contract.closed_day import closed_day_folder, closed_days
from contract.environment import Environment, SettingError
from contract.files import counts_folder, rename_durably, restrict_new_files
from contract.logs import start_logging
from contract.race import race_file
from streaming.aggregate.deltas import batch_of
from streaming.config import StreamingConfig
from streaming.days.close import write_closed_day
from streaming.session import create_session
from streaming.source.post_files import PostDeltas, PostIds
from streaming.state.errors import StoreError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE, checkpoint_wal
from streaming.state.store import CountsStore

_PROGRESS_SECONDS = 5.0
_FILES_PER_BATCH = 8
_MIN_PARTITIONS = 8
_MAX_PARTITIONS = 400
_REPLACED = ".replaced"

DAYS = "days"


class OpenDayError(RuntimeError):
    """A day is still open in the live stream. The message is one line."""


def backfill(
    session: SparkSession, data_dir: Path, source: str, folder: Path, report: Callable[[str], None]
) -> list[date]:
    """Count the posts in ``folder`` into closed days of ``source``; return the days.

    Raises:
        OSError: the folder is incomplete, or cannot be written.
        OpenDayError: the live stream still counts one of the days.
    """
    days = read_conversion(folder).days
    refuse_open_days(data_dir, source, days)
    _finish_replacing(data_dir, source)
    write_days(session, posts_files(folder), days, folder, report)
    return replace_closed_days(folder / DAYS, data_dir, source)


def refuse_open_days(data_dir: Path, source: str, days: Collection[date]) -> None:
    """Refuse days that the live stream still counts: its counts would come second and be lost.

    Raises:
        OpenDayError: there is such a day.
    """
    counts_file = counts_folder(data_dir, source) / COUNTS_FILE
    if not counts_file.exists():
        return
    with Snapshot(counts_file) as snapshot:
        position = snapshot.position
    # A day may be written and still have counts in the file, if streaming stopped in between.
    written = {day for name, day, _ in closed_days(data_dir) if name == source}
    if position and (still_open := sorted(day for day in set(days) - written if day >= position.first_day)):
        others = f", one of {len(still_open)} such days in these recordings" if len(still_open) > 1 else ""
        raise OpenDayError(
            f"{still_open[0]} of {source} is still being counted{others}: "
            "start that source and let it close them, a replay does at its end; or count them under "
            'another name with --source NAME (OPTIONS="--source NAME" of make backfill)'
        )


def write_days(
    session: SparkSession, files: list[Path], days: Collection[date], folder: Path, report: Callable[[str], None]
) -> None:
    """Count the posts in ``files`` and write each day to ``folder``/days/YYYY-MM-DD."""
    for source in (PostIds, PostDeltas):
        session.dataSource.register(source)
    duplicates = str(folder / "duplicates")
    # With one partition, as in the live stream, a single task would sort everything.
    session.conf.set("spark.sql.shuffle.partitions", min(max(_MIN_PARTITIONS, len(files) // 4), _MAX_PARTITIONS))
    _write_duplicates(session.read.format(PostIds.name()).option("files", _lines(files)).load(), duplicates)
    counts_file = folder / COUNTS_FILE
    # An earlier run may have left counts.
    for path in folder.glob(f"{counts_file.name}*"):
        path.unlink()
    counts = CountsStore(counts_file)
    counts.begin(0, min(days))
    for first in range(0, len(files), _FILES_PER_BATCH):
        some = files[first : first + _FILES_PER_BATCH]
        posts = session.read.format(PostDeltas.name()).options(files=_lines(some), first=first, duplicates=duplicates)
        counts.add(batch_of(posts.load().toArrow()))
        counts.flush()
        checkpoint_wal(counts_file)
        report(f"counted {first + len(some)} of {len(files)} files")
    counts.close()
    with Snapshot(counts_file) as snapshot:
        for day in snapshot.days():
            write_closed_day(snapshot, day, folder / DAYS / day.isoformat())
            report(f"wrote {day}")


def _lines(files: list[Path]) -> str:
    return "\n".join(map(str, files))


def _write_duplicates(posts: DataFrame, folder: str) -> None:
    """Write the places of the posts to leave out: of posts with the same id only the first counts, as in a stream."""
    of_id = Window.partitionBy("id").orderBy("file", "row")
    duplicates = posts.withColumn("nth", F.row_number().over(of_id)).where("nth > 1").select("file", "row")
    duplicates.repartition("file").write.partitionBy("file").mode("overwrite").parquet(folder)


def replace_closed_days(counted: Path, data_dir: Path, source: str) -> list[date]:
    """Rename the days of a folder to their final names, in place of older folders; return the days."""
    days = []
    for path in sorted(counted.glob("*-*-*")):
        day = date.fromisoformat(path.name)
        folder = closed_day_folder(data_dir, source, day)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rename(folder.with_name(f".{folder.name}{_REPLACED}"))
        # Durable before the replaced folder is removed.
        rename_durably(path, folder)
        # A race of the counts before these does not belong to them.
        race_file(data_dir, source, day).unlink(missing_ok=True)
        _finish_replacing(data_dir, source)
        days.append(day)
    return days


def _finish_replacing(data_dir: Path, source: str) -> None:
    for replaced in (data_dir / "closed" / source).glob(f".*{_REPLACED}"):
        shutil.rmtree(replaced)


@contextlib.contextmanager
def progress(session: SparkSession, report: Callable[[str], None]) -> Iterator[None]:
    """Report every few seconds how far Spark is."""
    tracker = session.sparkContext.statusTracker()
    done = threading.Event()
    steps: list[int] = []

    def watch() -> None:
        while not done.wait(_PROGRESS_SECONDS):
            for stage in tracker.getActiveStageIds():
                info = tracker.getStageInfo(stage)
                if stage not in steps:
                    steps.append(stage)
                if info:
                    report(
                        f"counting, step {steps.index(stage) + 1}: {info.numCompletedTasks} of {info.numTasks} parts"
                    )

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def main() -> None:
    """Run a backfill. A problem that the user can fix is one line and exit code 1."""
    restrict_new_files()
    load_dotenv()
    arguments = _arguments()
    settings = Environment(os.environ)
    try:
        start_logging("streaming", settings, logging.WARNING)
        config, *_ = StreamingConfig.from_env(settings)
        refuse_open_days(config.data_dir, arguments.source, read_conversion(arguments.folder).days)
        if arguments.check:
            return
        _report("starting Spark")
        # Its scratch folder lies in FOLDER: streaming may be using its own.
        session = create_session(replace(config.on_this_machine(), data_dir=arguments.folder))
        with progress(session, _report):
            backfill(session, config.data_dir, arguments.source, arguments.folder, _report)
        session.stop()
    except (SettingError, OpenDayError, StoreError) as error:
        sys.exit(f"streaming: {error}")
    except PySparkRuntimeError:
        sys.exit("streaming: Spark does not start, it needs Java 17 or newer: set JAVA_HOME, or use `make backfill`")
    except (OSError, msgspec.DecodeError) as error:
        sys.exit(f"streaming: {arguments.folder} cannot be counted: {error}")
    except KeyboardInterrupt:
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m streaming.jobs.backfill", description="Count files of posts.")
    parser.add_argument("source", metavar="SOURCE", help="the source of the days")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the folder that collector.convert wrote")
    parser.add_argument("--check", action="store_true", help="only check that these days may be counted")
    return parser.parse_args()


def _report(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
