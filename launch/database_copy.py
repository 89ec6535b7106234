"""The database in a backup: a copy of SQLite's file while the site uses it, or a dump by PostgreSQL's own tools."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import dj_database_url

from contract.environment import Environment, with_password
from contract.files import rename_durably, sync

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

_SQLITE_NAME = "trendsite.sqlite3"
_PAGES_PER_STEP = 5_000
_PAUSE_SECONDS = 0.05
_TOOL_SECONDS = 6 * 3_600


class DatabaseCopyError(RuntimeError):
    """The database could not be copied or restored. The message is one line."""


@dataclass(frozen=True)
class Database:
    """Where the database is: the ``path`` of an SQLite file, or what PostgreSQL's programs need."""

    kind: str
    path: Path = Path()
    name: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """The size of the SQLite file in bytes, 0 where it is unknown."""
        return self.path.stat().st_size if self.kind == SQLITE and self.path.is_file() else 0


def configured_database(settings: Environment) -> Database:
    """Return the database of DATABASE_URL; without it, the file in DATA_DIR. The site refuses an unusable URL."""
    default = f"sqlite:///{settings.data_dir()}/{_SQLITE_NAME}"
    url = with_password(settings.text("DATABASE_URL", default), settings.text("DATABASE_PASSWORD"))
    parsed = dj_database_url.parse(url)
    if "sqlite" in parsed["ENGINE"]:
        return Database(SQLITE, Path(parsed["NAME"]).resolve())
    options = parsed.get("OPTIONS", {})
    given = {
        "PGHOST": parsed["HOST"],
        "PGPORT": str(parsed["PORT"] or ""),
        "PGUSER": parsed["USER"],
        "PGPASSWORD": parsed["PASSWORD"],
        "PGDATABASE": parsed["NAME"],
        "PGSSLMODE": str(options.get("sslmode", "")),
        "PGSSLROOTCERT": str(options.get("sslrootcert", "")),
    }
    return Database(POSTGRESQL, name=parsed["NAME"], variables={name: value for name, value in given.items() if value})


def copy_database(database: Database, copy: Path) -> None:
    """Write a copy of the database as it is at one moment.

    Raises:
        DatabaseCopyError: the database does not answer, or is damaged.
        OSError: the disk is full or broken.
    """
    if database.kind == POSTGRESQL:
        _run(database, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")
        return
    try:
        # Small steps, because the site cannot write during one. A write between two steps begins the copy anew.
        with closing(sqlite3.connect(database.path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target, pages=_PAGES_PER_STEP, sleep=_PAUSE_SECONDS)
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise DatabaseCopyError(f"{database.path} cannot be copied: {error}") from error


def check_database(database: Database, kind: str) -> None:
    """Check that a copy of the given ``kind`` (empty: none) could be restored.

    Raises:
        DatabaseCopyError: the database is of another kind, or it exists.
    """
    if kind and kind != database.kind:
        raise DatabaseCopyError(f"the backup has a {kind} database, and DATABASE_URL names {database.kind}: change it")
    if kind == SQLITE and database.path.exists():
        raise DatabaseCopyError(f"{database.path} exists already: move it away, or set DATABASE_URL to another file")


def restore_database(database: Database, copy: Path, *, replace: bool = False) -> None:
    """Put a copy in the place of the database, and remove the copy. A PostgreSQL database must be empty, or replaced.

    Raises:
        DatabaseCopyError: PostgreSQL does not accept the copy.
        OSError: the disk is full or broken.
    """
    if database.kind == POSTGRESQL:
        clean = ["--clean", "--if-exists"] if replace else []
        options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
        _run(database, "pg_restore", *clean, *options, f"--dbname={database.name}", str(copy))
        copy.unlink()
        return
    database.path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in ("-journal", "-wal", "-shm"):
        database.path.with_name(f"{database.path.name}{suffix}").unlink(missing_ok=True)
    # Perhaps from another disk: then first beside its place.
    draft = database.path.with_name(f".{database.path.name}.draft")
    shutil.copyfile(copy, draft)
    sync(draft)
    rename_durably(draft, database.path)
    copy.unlink()


def _run(database: Database, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL. The password is in its environment, never among its arguments."""
    path = shutil.which(program)
    if path is None:
        raise DatabaseCopyError(f"{program} is missing: install it (Debian: apt install postgresql-client)")
    try:
        done = subprocess.run(
            [path, *arguments],
            env={**os.environ, **database.variables},
            capture_output=True,
            text=True,
            timeout=_TOOL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DatabaseCopyError(f"{program} took more than {_TOOL_SECONDS // 3_600} hours") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise DatabaseCopyError(f"{program} failed: {lines[0]}")
