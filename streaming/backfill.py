"""``python -m streaming.backfill SOURCE FOLDER``: posts in files (contract.backfill) -> closed days, by Spark.

The posts may be of any day and in any order; what counts them is what counts live. The days are
made whole inside FOLDER and then get their final names, one rename each, in place of what had the
name before. Killed anywhere, it can be run again.
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
from contract.closed_day import closed_day_folder
from contract.data_folders import counts_folder
from contract.environment import Environment, SettingError
from contract.race import race_file
from streaming.batch import Batch, added
from streaming.closing import write_closed_day
from streaming.config import Config
from streaming.counts_file import STORE, StoreError, fold_log
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import CountsStore
from streaming.posts_files import PostIds, PostsFiles
from streaming.session import create_session

_PROGRESS_SECONDS = 5.0
_FILES_AT_ONCE = 8
_FEWEST_PARTITIONS = 8
_MOST_PARTITIONS = 400
_REPLACED = ".replaced"

DAYS = "days"


class OpenDayError(RuntimeError):
    """A day that the live path counts. The message is one line."""


def backfill(
    session: SparkSession, data_dir: Path, source: str, folder: Path, say: Callable[[str], None]
) -> list[date]:
    """Count the posts in ``folder`` and leave their days as closed days of ``source``; return the days.

    Raises:
        OSError: the folder is not whole, or cannot be written.
        OpenDayError: one of the days is still being counted live.
    """
    days = read_conversion(folder).days
    refuse_open_days(data_dir, source, days)
    _finish_replacing(data_dir, source)
    write_days(session, posts_files(folder), days, folder, say)
    return publish(folder / DAYS, data_dir, source)


def refuse_open_days(data_dir: Path, source: str, days: Collection[date]) -> None:
    """Refuse days that the live path has not closed: its counts would come second and be lost.

    Raises:
        OpenDayError: there is one.
    """
    store = counts_folder(data_dir, source) / STORE
    if not store.exists():
        return
    with Snapshot(store) as snapshot:
        position = snapshot.position
    if position and max(days) >= position.first_day:
        raise OpenDayError(f"{source} is being counted live from {position.first_day} on: give another source")


def write_days(
    session: SparkSession, files: list[Path], days: Collection[date], folder: Path, say: Callable[[str], None]
) -> None:
    """Write the closed days of the posts in ``files``, each into ``folder``/days/YYYY-MM-DD."""
    for source in (PostIds, PostsFiles):
        session.dataSource.register(source)
    duplicates = str(folder / "duplicates")
    # One, as counting live has it, would sort everything in one task.
    session.conf.set("spark.sql.shuffle.partitions", min(max(_FEWEST_PARTITIONS, len(files) // 4), _MOST_PARTITIONS))
    _write_duplicates(session.read.format(PostIds.name()).option("files", _lines(files)).load(), duplicates)
    store = folder / STORE
    # What a run before this one counted.
    for path in folder.glob(f"{store.name}*"):
        path.unlink()
    counts = CountsStore(store)
    counts.begin(0, min(days))
    for first in range(0, len(files), _FILES_AT_ONCE):
        some = files[first : first + _FILES_AT_ONCE]
        posts = session.read.format(PostsFiles.name()).options(files=_lines(some), first=first, duplicates=duplicates)
        counts.add(Batch(first, first + len(some), None, added(posts.load().toArrow())))
        counts.keep()
        fold_log(store)
        say(f"counted {first + len(some)} of {len(files)} files")
    counts.close()
    with Snapshot(store) as snapshot:
        for day in snapshot.days():
            write_closed_day(snapshot, day, folder / DAYS / day.isoformat())
            say(f"wrote {day}")


def _lines(files: list[Path]) -> str:
    return "\n".join(map(str, files))


def _write_duplicates(posts: DataFrame, folder: str) -> None:
    """Write where the posts are that do not count: of those with the same id only the first does, as live."""
    of_id = Window.partitionBy("id").orderBy("file", "row")
    duplicates = posts.withColumn("nth", F.row_number().over(of_id)).where("nth > 1").select("file", "row")
    duplicates.repartition("file").write.partitionBy("file").mode("overwrite").parquet(folder)


def publish(counted: Path, data_dir: Path, source: str) -> list[date]:
    """Give the days of a folder their final names, in place of what has them; return the days."""
    days = []
    for path in sorted(counted.glob("*-*-*")):
        day = date.fromisoformat(path.name)
        folder = closed_day_folder(data_dir, source, day)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rename(folder.with_name(f".{folder.name}{_REPLACED}"))
        path.rename(folder)
        # A race that was recorded of the counts before these is not theirs.
        race_file(data_dir, source, day).unlink(missing_ok=True)
        _finish_replacing(data_dir, source)
        days.append(day)
    return days


def _finish_replacing(data_dir: Path, source: str) -> None:
    for replaced in (data_dir / "closed" / source).glob(f".*{_REPLACED}"):
        shutil.rmtree(replaced)


@contextlib.contextmanager
def progress(session: SparkSession, say: Callable[[str], None]) -> Iterator[None]:
    """Say every few seconds how far Spark is."""
    tracker = session.sparkContext.statusTracker()
    done = threading.Event()
    steps: list[int] = []

    def tell() -> None:
        while not done.wait(_PROGRESS_SECONDS):
            for stage in tracker.getActiveStageIds():
                info = tracker.getStageInfo(stage)
                if stage not in steps:
                    steps.append(stage)
                if info:
                    say(f"counting, step {steps.index(stage) + 1}: {info.numCompletedTasks} of {info.numTasks} parts")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def main() -> None:
    """Count; a condition that a person must change is one line and exit code 1."""
    load_dotenv()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m streaming.backfill", description="Files of posts to closed days.")
    parser.add_argument("source", metavar="SOURCE", help="the source that the days are of")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="what collector.convert left")
    arguments = parser.parse_args()
    try:
        config = Config.from_env(Environment(os.environ))
        refuse_open_days(config.data_dir, arguments.source, read_conversion(arguments.folder).days)
        _say("starting Spark")
        # Its scratch lies in the folder: that of the live path is in use.
        session = create_session(replace(config, data_dir=arguments.folder))
        with progress(session, _say):
            backfill(session, config.data_dir, arguments.source, arguments.folder, _say)
        session.stop()
    except (SettingError, OpenDayError, StoreError) as error:
        sys.exit(f"streaming: {error}")
    except PySparkRuntimeError:
        sys.exit("streaming: Spark does not start, it needs Java 17 or newer: set JAVA_HOME, or use `make backfill`")
    except (OSError, msgspec.DecodeError) as error:
        sys.exit(f"streaming: {arguments.folder} cannot be counted: {error}")
    except KeyboardInterrupt:
        sys.exit(1)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
