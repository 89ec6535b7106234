"""``python -m launch.restore BACKUP``: a backup becomes an empty DATA_DIR, here or on another machine.

Everything is unpacked into a folder of DATA_DIR and checked there; only then it moves to its place. If it is killed,
nothing starts on that DATA_DIR until the same command has run again.
"""

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

import msgspec

from contract.data_version import DATA_VERSION, DATA_VERSION_FILE, RESTORING
from contract.environment import Environment, SettingError
from contract.files import rename_durably, restrict_new_files, sync, write_atomically
from contract.version import VERSION
from launch import process_environment
from launch.backup import described
from launch.bundle import DATA, DATABASE, About, BundleError, Progress, read_about, unpack
from launch.database_copy import Database, DatabaseCopyError, check_database, configured_database, restore_database
from launch.greeter import Terminal
from launch.machine import CannotStartError, require_space
from launch.supervise import has_listener, supervisor_socket

_CHECKED = "checked"
_MOVED = "moved"
_DONE = ".restored"

_CHANGING = ("spool", "counts", "closed", "race", "dropped", DATA_VERSION_FILE)
"""What a running Trendsite changes, and a backup has as it was."""

_MEGABYTE = 1_000_000


class RestoreError(RuntimeError):
    """Nothing could be restored. The message is one line."""


def main() -> None:
    """Restore a backup into an empty DATA_DIR; print what it holds."""
    parser = argparse.ArgumentParser(prog="make restore BACKUP=FILE", description=main.__doc__)
    parser.add_argument("backup", help="the file that `make backup` wrote")
    backup = parser.parse_args().backup or parser.error("BACKUP=FILE is missing, a file that `make backup` wrote")
    restrict_new_files()
    process_environment.load()
    terminal = Terminal(sys.stdout, sys.stdout.isatty())
    try:
        about = restore(Environment(os.environ), Path(backup).expanduser().resolve(), terminal)
    except SettingError as error:
        print(f"trendsite: {error}", file=sys.stderr)
        sys.exit(2)
    except (RestoreError, BundleError, DatabaseCopyError, CannotStartError) as error:
        sys.exit(f"trendsite: {error}")
    except OSError as error:
        sys.exit(f"trendsite: not restored: {error.filename or backup}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit("\ntrendsite: not restored; run the same command again")
    terminal.say(f"Restored the backup of {about.created_at:%Y-%m-%d %H:%M} UTC, by Trendsite {about.trendsite}:")
    for line in described(about):
        terminal.say(line)
    terminal.say("Keys of authors are in no backup, so authors of the open day may count twice. Now start it: make run")


def restore(settings: Environment, bundle: Path, terminal: Terminal) -> About:
    """Fill an empty DATA_DIR, and the database, from a backup.

    Raises:
        RestoreError: DATA_DIR is in use, or the backup is one of a newer Trendsite.
        BundleError, DatabaseCopyError: the backup or the database cannot be used.
        CannotStartError: the disk is too full.
        OSError: a file cannot be read or written.
    """
    about = _read_usable(bundle)
    data_dir, database = settings.data_dir(), configured_database(settings)
    check_empty(data_dir)
    if not (data_dir / RESTORING).exists():
        check_database(database, about.database)
    _unpack(bundle, about, data_dir, terminal)
    _put_in_place(about, data_dir, database)
    return about


def restore_over(settings: Environment, bundle: Path, terminal: Terminal) -> Path:
    """Put a backup in the place of the data in DATA_DIR and of the database, while nothing runs.

    What the backup does not have stays: the archive, keys of authors, logs. If it is killed, it may be called again.

    Returns:
        The folder in DATA_DIR to which the replaced files were moved.

    Raises:
        The errors of ``restore``.
    """
    about = _read_usable(bundle)
    data_dir = settings.data_dir()
    aside = data_dir / f"replaced-{about.created_at:%Y%m%d-%H%M%S}"
    _unpack(bundle, about, data_dir, terminal)
    aside.mkdir(exist_ok=True)
    moved = data_dir / RESTORING / _MOVED
    if not moved.exists():
        names = {path.name for path in (data_dir / RESTORING / DATA).glob("*")}
        for name in sorted(names.union(_CHANGING)):
            if (data_dir / name).exists():
                (data_dir / name).replace(aside / name)
        # From here on, these names are those of the backup.
        write_atomically(moved, b"")
    _put_in_place(about, data_dir, configured_database(settings), replace=True)
    return aside


def _read_usable(bundle: Path) -> About:
    about = read_about(bundle)
    if about.data_version > DATA_VERSION:
        raise RestoreError(
            f"{bundle} was written by Trendsite {about.trendsite} (data version {about.data_version}), and this is "
            f"Trendsite {VERSION} (data version {DATA_VERSION}): restore it with the newer one"
        )
    return about


def _unpack(bundle: Path, about: About, data_dir: Path, terminal: Terminal) -> None:
    """Unpack and check a backup in DATA_DIR, unless a killed run has done so."""
    restoring = data_dir / RESTORING
    checked = restoring / _CHECKED
    if not checked.exists():
        shutil.rmtree(restoring, ignore_errors=True)
        require_space(data_dir, about.size // _MEGABYTE + 1, "the backup")
        restoring.mkdir(parents=True)
        unpack(bundle, restoring, Progress(terminal.update, about.size))
        write_atomically(checked, msgspec.json.encode(about))
    elif msgspec.json.decode(checked.read_bytes(), type=About) != about:
        raise RestoreError(f"the restore of another backup into DATA_DIR={data_dir} did not finish: run that one again")


def _put_in_place(about: About, data_dir: Path, database: Database, *, replace: bool = False) -> None:
    """Move the unpacked files to where they belong. Only then something may start."""
    restoring = data_dir / RESTORING
    copy = restoring / DATABASE / about.database
    if copy.is_file():
        restore_database(database, copy, replace=replace)
    for path in sorted((restoring / DATA).glob("*")):
        path.replace(data_dir / path.name)
    sync(data_dir)
    # In one step: a folder that is removed in part would look like a restore that has not begun.
    done = data_dir / _DONE
    shutil.rmtree(done, ignore_errors=True)
    rename_durably(restoring, done)
    shutil.rmtree(done)


def check_empty(data_dir: Path) -> None:
    """Refuse a DATA_DIR with data or a running Trendsite. What an unfinished restore left in it is no data.

    Raises:
        RestoreError: it has some.
    """
    if has_listener(supervisor_socket(data_dir)) or has_listener(data_dir / "redis.sock"):
        raise RestoreError(f"Trendsite runs on DATA_DIR={data_dir}: stop it, and choose an empty DATA_DIR")
    is_restoring = (data_dir / RESTORING).exists()
    if data_dir.exists() and not is_restoring and next(data_dir.iterdir(), None) is not None:
        raise RestoreError(
            f"DATA_DIR={data_dir} is not empty: choose another, or move it away: "
            f"{shlex.join(['mv', str(data_dir), f'{data_dir}.before'])}"
        )


if __name__ == "__main__":
    main()
