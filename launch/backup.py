"""``python -m launch.backup``: everything that another machine needs to continue, in one file, while Trendsite runs.

What is read first is behind what is read later, never ahead: counts, spool, closed days, archive, database. So what
was going on between two of them is done again after a restore, and nothing is missing. A spool has everything that its
counts lack, and continues at its end.
"""

import argparse
import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.log import LogCorruptionError
from contract.closed_day import closed_days, reopened_file
from contract.data_version import DATA_VERSION, DATA_VERSION_FILE, check_data_version
from contract.environment import Environment, SettingError
from contract.files import rename_durably, restrict_new_files
from contract.past_days import DONE, past_days_folder
from contract.race import race_files
from contract.secret import SECRET_FILE
from contract.version import VERSION
from launch import process_environment
from launch.bundle import BUNDLE_FORMAT, DATA, DATABASE, About, BundleWriter, ChangedError, Progress
from launch.database_copy import POSTGRESQL, DatabaseCopyError, configured_database, copy_database
from launch.greeter import Terminal
from launch.machine import CannotStartError, require_space
from launch.process_environment import ROOT
from launch.source_copy import SourceCopy, UnfitError, copy_source, counts_bytes, sources_in
from streaming.state.errors import StoreError

BACKUPS = ROOT / "backups"
SUFFIX = ".tar.zst"

_SMALL_FILES = ("secret_key", SECRET_FILE, "tracked_languages.json", DATA_VERSION_FILE)
_MEGABYTE = 1_000_000


class BackupError(RuntimeError):
    """No backup could be made. The message is one line."""


@dataclass(frozen=True)
class Made:
    """A finished backup: its file, what it holds, and what a person should know about it."""

    path: Path
    about: About
    notes: list[str]


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
    except (UnfitError, StoreError, LogCorruptionError, DatabaseCopyError, ChangedError) as error:
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
        archive = self._archive if with_archive and self._archive and self._archive.is_dir() else None
        others = _bytes_in(*(self._data_dir / name for name in ("closed", "race")), archive) + self._database.size
        sources = sources_in(self._data_dir)
        copied = self._database.size + sum(counts_bytes(self._data_dir, source) for source in sources)
        self._require_space(path, others + copied)
        copies = [copy_source(self._data_dir, source, self._staging, self._opened) for source in sources]
        about = self._about(copies, others, has_archive=archive is not None)
        self._require_space(path, about.size + self._database.size)
        unfinished = self._staging / "bundle"
        with BundleWriter(unfinished, about, Progress(self._terminal.update, about.size)) as writer:
            self._write_files(writer, copies, archive)
            if about.database:
                self._write_database(writer)
            writer.finish()
        rename_durably(unfinished.rename(path.with_name(f".{path.name}.unfinished")), path)
        return Made(path, about, list(self._notes(about, with_archive=with_archive)))

    def _require_space(self, path: Path, size: int) -> None:
        require_space(path.parent, size // _MEGABYTE + 1, "a backup")

    def _about(self, copies: list[SourceCopy], others: int, *, has_archive: bool) -> About:
        is_dumped = self._database.kind == POSTGRESQL and shutil.which("pg_dump") is not None
        return About(
            format=BUNDLE_FORMAT,
            trendsite=VERSION,
            data_version=DATA_VERSION,
            created_at=datetime.now(UTC),
            sources=[copy.saved for copy in copies],
            database=self._database.kind if is_dumped or self._database.size else "",
            has_archive=has_archive,
            size=others + sum(copy.size for copy in copies),
        )

    def _write_files(self, writer: BundleWriter, copies: list[SourceCopy], archive: Path | None) -> None:
        for copy in copies:
            for file in copy.files:
                writer.add(*file)
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

    def _notes(self, about: About, *, with_archive: bool) -> Iterator[str]:
        if not about.database and self._database.kind == POSTGRESQL:
            yield "the database is PostgreSQL, and pg_dump is not installed here: back it up with pg_dump as well"
        if self._archive is None:
            yield "the archive is not in DATA_DIR: ARCHIVE_URL has it"
        elif not with_archive:
            yield "the archive was left out: only it has all counts of past days"


def _local_archive(settings: Environment) -> Path | None:
    """Return the folder of the archive if it is in DATA_DIR."""
    url = settings.text("ARCHIVE_URL", str(settings.data_dir() / "archive"))
    folder = Path(url).expanduser().resolve()
    return folder if "://" not in url and folder.is_relative_to(settings.data_dir()) else None


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
