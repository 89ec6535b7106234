"""``python -m launch.backup``: everything that another machine needs to continue, in one file, while Trendsite runs.

What is read first is behind what is read later, never ahead: counts, spool, closed days, archive, database. So what
was going on between two of them is done again after a restore, and nothing is missing. A spool has everything that its
counts lack, and continues at its end.
"""

import argparse
import fcntl
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from collector.intake.filters import GENERATION
from collector.log import LogCorruptionError
from collector.log.spool_copy import spool_part
from contract.closed_day import closed_days, reopened_file
from contract.data_version import DATA_VERSION, DATA_VERSION_FILE, check_data_version
from contract.environment import Environment, SettingError
from contract.files import counts_folder, rename_durably, restrict_new_files, spool_folder
from contract.past_days import DONE, past_days_folder
from contract.race import race_files
from contract.secret import SECRET_FILE
from contract.version import VERSION
from launch import process_environment
from launch.bundle import BUNDLE_FORMAT, DATA, DATABASE, About, BundleWriter, ChangedError, Progress, SavedSource
from launch.database_copy import POSTGRESQL, DatabaseCopyError, configured_database, copy_database
from launch.greeter import Terminal
from launch.machine import CannotStartError, require_space
from launch.process_environment import ROOT
from streaming.state.errors import StoreError
from streaming.state.snapshot import copy_counts
from streaming.state.sqlite import COUNTS_FILE

BACKUPS = ROOT / "backups"
SUFFIX = ".tar.zst"

_SMALL_FILES = ("secret_key", SECRET_FILE, "tracked_languages.json", DATA_VERSION_FILE)
_ASIDE = re.compile(r"\.(damaged|incomplete|unfinished|anew|leapt-.*)$")
"""Ends of the names of folders that are set aside, or not finished."""

_WINDOW_POSTS = 2 * GENERATION
"""A collector drops a post whose id is among so many latest ones, at most. It reads them from the spool."""

_ATTEMPTS = 3
_MEGABYTE = 1_000_000


class BackupError(RuntimeError):
    """No backup could be made. The message is one line."""


@dataclass(frozen=True)
class Made:
    """A finished backup: its file, what it holds, and what a person should know about it."""

    path: Path
    about: About
    notes: list[str]


@dataclass
class _Part:
    """Open files of one source, each with its name, the number of bytes to copy and its time."""

    saved: SavedSource
    files: list[tuple[str, IO[bytes], int, float]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(size for _, _, size, _ in self.files)


def main() -> None:
    """Make a backup; print what it holds."""
    parser = argparse.ArgumentParser(prog="make backup", description=main.__doc__)
    parser.add_argument("--to", type=Path, help="the file to write (default: a new one in backups/)")
    parser.add_argument("--without-archive", action="store_true", help="leave out the archive in DATA_DIR")
    arguments = parser.parse_args()
    restrict_new_files()
    process_environment.load()
    try:
        made = make_backup(
            Environment(os.environ),
            arguments.to or default_path(datetime.now(UTC)),
            with_archive=not arguments.without_archive,
            terminal=Terminal(sys.stdout, sys.stdout.isatty()),
        )
    except SettingError as error:
        print(f"trendsite: {error}", file=sys.stderr)
        sys.exit(2)
    except (BackupError, CannotStartError) as error:
        sys.exit(f"trendsite: {error}")
    except KeyboardInterrupt:
        sys.exit("\ntrendsite: no backup was made")
    for line in described(made.about):
        print(line)
    for note in made.notes:
        print(f"Note: {note}")
    packed = made.path.stat().st_size
    print(f"{made.about.size / _MEGABYTE:,.1f} MB of data in a backup of {packed / _MEGABYTE:,.1f} MB: {made.path}")


def default_path(now: datetime, name: str = "trendsite") -> Path:
    """Return the file for a backup that was given none."""
    return BACKUPS / f"{name}-{now:%Y%m%d-%H%M%S}{SUFFIX}"


def described(about: About) -> Iterator[str]:
    """Yield a line for each thing that a backup holds."""
    for saved in about.sources:
        counted = "no counts" if saved.counted_offset is None else f"counts up to offset {saved.counted_offset:,}"
        spool = "no spool" if saved.end_offset is None else f"spool up to {saved.end_offset:,}, {saved.posts:,} posts"
        yield f"  {saved.source}: {counted}, {spool}"
    yield f"  database: {about.database or 'not included'}"
    yield f"  archive: {'included' if about.has_archive else 'not included'}"


def make_backup(settings: Environment, path: Path, *, with_archive: bool, terminal: Terminal) -> Made:
    """Write a backup of DATA_DIR and the database to ``path``, which appears once it is complete.

    Raises:
        SettingError, CannotStartError: a setting or the machine does not allow it.
        BackupError: a file is damaged, in the way, or cannot be read or written.
    """
    data_dir, path = settings.data_dir(), path.expanduser().resolve()
    _check(data_dir, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _staging(path.parent) as staging, ExitStack() as opened:
            return _Backup(settings, staging, opened, terminal).write(path, with_archive=with_archive)
    except (StoreError, LogCorruptionError, DatabaseCopyError, ChangedError) as error:
        raise BackupError(f"no backup was made: {error}") from error
    except OSError as error:
        raise BackupError(f"no backup was made: {error.filename or path}: {error.strerror}") from error


def _check(data_dir: Path, path: Path) -> None:
    check_data_version(data_dir)
    if not (data_dir / "spool").is_dir() and not (data_dir / DATA_VERSION_FILE).exists():
        raise BackupError(f"DATA_DIR={data_dir} has no data of Trendsite: set DATA_DIR as for `make run`")
    if path.is_relative_to(data_dir):
        raise BackupError(f"{path} is inside DATA_DIR, which may be lost as a whole: give BACKUP another folder")
    if path.exists():
        raise BackupError(f"{path} exists already: give BACKUP another name")


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside the backup. What a killed backup left in it is removed."""
    staging = folder / ".unfinished-backup"
    with (folder / f"{staging.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup is written to {folder}: wait for it") from None
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)


class _Backup:
    """One run. Files that another process may delete are opened when they are found, and closed with ``opened``."""

    def __init__(self, settings: Environment, staging: Path, opened: ExitStack, terminal: Terminal) -> None:
        self._data_dir = settings.data_dir()
        self._database = configured_database(settings)
        self._archive = _local_archive(settings)
        self._staging = staging
        self._opened = opened
        self._terminal = terminal

    def write(self, path: Path, *, with_archive: bool) -> Made:
        """Write the backup."""
        sources = sources_in(self._data_dir)
        archive = self._archive if with_archive and self._archive and self._archive.is_dir() else None
        others = _bytes_in(*(self._data_dir / name for name in ("closed", "race", "dropped")), archive)
        copied = self._database.size + sum(_counts_bytes(self._data_dir, source) for source in sources)
        require_space(path.parent, (others + 2 * copied) // _MEGABYTE + 1, "a backup")
        parts = [self._consistent(source) for source in sources]
        total = others + self._database.size + sum(part.size for part in parts)
        require_space(path.parent, (total + self._database.size) // _MEGABYTE + 1, "a backup")
        is_dumped = self._database.kind == POSTGRESQL and shutil.which("pg_dump") is not None
        has_database = is_dumped or self._database.size > 0
        about = About(
            format=BUNDLE_FORMAT,
            trendsite=VERSION,
            data_version=DATA_VERSION,
            created_at=datetime.now(UTC),
            sources=[part.saved for part in parts],
            database=self._database.kind if has_database else "",
            has_archive=archive is not None,
            size=total,
        )
        unfinished = self._staging / "bundle"
        with BundleWriter(unfinished, about, Progress(self._terminal.update, total)) as writer:
            self._write_files(writer, parts, archive)
            if has_database:
                self._write_database(writer)
            writer.finish()
        rename_durably(unfinished.rename(path.with_name(f".{path.name}.unfinished")), path)
        return Made(path, about, list(self._notes(has_database=has_database, left_out=not with_archive)))

    def _consistent(self, source: str) -> _Part:
        """Return counts and spool of a source that fit together."""
        for _ in range(_ATTEMPTS):
            with ExitStack() as opened:
                try:
                    part = self._part(source, opened.enter_context)
                except FileNotFoundError:
                    continue  # the collector deleted or began a file; what is there now fits again
                self._opened.push(opened.pop_all())
                return part
        raise BackupError(
            f"no backup was made: counts and spool of {source} do not fit, or change too fast: stop Trendsite and "
            "try again"
        )

    def _part(self, source: str, keep: Callable[[IO[bytes]], IO[bytes]]) -> _Part:
        counts, spool = counts_folder(self._data_dir, source), spool_folder(self._data_dir, source)
        part = _Part(SavedSource(source, None, None, 0))

        def add(path: Path, size: int | None = None, name: Path | None = None) -> None:
            file = keep(path.open("rb"))
            status = os.fstat(file.fileno())
            inside = (name or path).relative_to(self._data_dir)
            part.files.append((f"{DATA}/{inside}", file, status.st_size if size is None else size, status.st_mtime))

        if (counts / COUNTS_FILE).exists():
            copy = self._staging / f"{source}.sqlite"
            copy.unlink(missing_ok=True)
            position = copy_counts(counts / COUNTS_FILE, copy)
            part.saved.counted_offset = position.offset if position else None
            add(copy, name=counts / COUNTS_FILE)
        for path in _existing(counts, "done.json", "stream_id"):
            add(path)
        for path in _existing(spool, "stream_id", "begin_anew"):
            add(path)
        for path in sorted((self._data_dir / "dropped" / source).glob("[!.]*")):
            add(path)
        self._add_spool(part, spool, add, keep)
        return part

    def _add_spool(
        self, part: _Part, spool: Path, add: Callable[..., None], keep: Callable[[IO[bytes]], IO[bytes]]
    ) -> None:
        found = spool_part(spool, part.saved.counted_offset, _WINDOW_POSTS)
        if found is None:
            return
        counted = part.saved.counted_offset
        if counted is not None and counted > found.commit.end:
            raise BackupError(
                f"no backup was made: the counts of {part.saved.source} are ahead of its spool ({counted} and "
                f"{found.commit.end}): see Troubleshooting in docs/operations.md"
            )
        part.saved.end_offset, part.saved.posts = found.commit.end, found.commit.counts.posts
        for segment in found.segments:
            add(segment.segment.path, segment.size)
            log = self._staging / f"{part.saved.source}-{segment.segment.log_path.name}"
            log.write_bytes(segment.log)
            modified_at = segment.segment.log_path.stat().st_mtime
            name = segment.segment.log_path.relative_to(self._data_dir)
            part.files.append((f"{DATA}/{name}", keep(log.open("rb")), len(segment.log), modified_at))

    def _write_files(self, writer: BundleWriter, parts: list[_Part], archive: Path | None) -> None:
        for part in parts:
            for name, file, size, modified_at in part.files:
                writer.add(name, file, size, modified_at)
        past_days = past_days_folder(self._data_dir) / DONE
        for path in [past_days, *(self._data_dir / name for name in _SMALL_FILES)]:
            self._add_files(writer, [path])
        for source, day, folder in closed_days(self._data_dir):
            self._add_files(writer, [*sorted(path for path in folder.rglob("*") if path.is_file())])
            self._add_files(writer, [reopened_file(self._data_dir, source, day)])
        for _, _, path in race_files(self._data_dir):
            self._add_race(writer, path)
        for path in sorted(archive.rglob("*")) if archive else ():
            if path.is_file():
                self._add_files(writer, [path])

    def _add_files(self, writer: BundleWriter, paths: list[Path]) -> None:
        """Add files that belong together, or none if one of them was removed meanwhile."""
        with ExitStack() as opened:
            try:
                files = [opened.enter_context(path.open("rb")) for path in paths]
            except FileNotFoundError:
                return
            for path, file in zip(paths, files, strict=True):
                status = os.fstat(file.fileno())
                name = f"{DATA}/{path.relative_to(self._data_dir)}"
                writer.add(name, file, status.st_size, status.st_mtime)

    def _add_race(self, writer: BundleWriter, path: Path) -> None:
        """Add the whole lines of a race, to which streaming appends."""
        try:
            modified_at, content = path.stat().st_mtime, path.read_bytes()
        except FileNotFoundError:
            return
        lines = content[: content.rfind(b"\n") + 1]
        writer.add_bytes(f"{DATA}/{path.relative_to(self._data_dir)}", lines, modified_at)

    def _write_database(self, writer: BundleWriter) -> None:
        copy = self._staging / "database"
        copy_database(self._database, copy)
        with copy.open("rb") as file:
            writer.add(f"{DATABASE}/{self._database.kind}", file, copy.stat().st_size, time.time())

    def _notes(self, *, has_database: bool, left_out: bool) -> Iterator[str]:
        if not has_database and self._database.kind == POSTGRESQL:
            yield "the database is PostgreSQL, and pg_dump is not installed here: back it up with pg_dump as well"
        if self._archive is None:
            yield "the archive is not in DATA_DIR: ARCHIVE_URL has it"
        elif left_out:
            yield "the archive was left out: only it has all counts of past days"


def sources_in(data_dir: Path) -> list[str]:
    """Return the sources that have a spool or counts. Folders that were set aside are none."""
    names = {path.name for kind in ("spool", "counts") for path in (data_dir / kind).glob("[!.]*") if path.is_dir()}
    return sorted(name for name in names if not _ASIDE.search(name))


def _local_archive(settings: Environment) -> Path | None:
    """Return the folder of the archive if it is in DATA_DIR."""
    url = settings.text("ARCHIVE_URL", str(settings.data_dir() / "archive"))
    folder = Path(url).expanduser().resolve()
    return folder if "://" not in url and folder.is_relative_to(settings.data_dir()) else None


def _existing(folder: Path, *names: str) -> list[Path]:
    return [folder / name for name in names if (folder / name).exists()]


def _counts_bytes(data_dir: Path, source: str) -> int:
    """Return an upper bound of the size of a source's counts file."""
    path = counts_folder(data_dir, source) / COUNTS_FILE
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def _bytes_in(*folders: Path | None) -> int:
    """Return the size of all files in some folders, as far as they stay."""
    found = 0
    for folder in folders:
        for path in folder.rglob("*") if folder else ():
            try:
                found += path.stat().st_size if path.is_file() else 0
            except FileNotFoundError:
                continue
    return found


if __name__ == "__main__":
    main()
