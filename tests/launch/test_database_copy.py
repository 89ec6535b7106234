"""Copies of the database: SQLite under a writer, and PostgreSQL by its own programs."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from contract.environment import Environment
from launch.database_copy import (
    Database,
    DatabaseCopyError,
    check_database,
    configured_database,
    copy_database,
    restore_database,
)
from tests.on_postgres import postgres

PASSWORD = "not for a command line"


def test_a_copy_under_a_busy_writer_has_whole_transactions(tmp_path):
    path, stop, wrote = tmp_path / "db", threading.Event(), threading.Event()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE pairs (one INTEGER, other INTEGER)")

    def write() -> None:
        with closing(sqlite3.connect(path, timeout=60)) as database:
            number = 0
            while not stop.wait(0.05):
                with database:
                    database.executemany("INSERT INTO pairs VALUES (?, ?)", [(number, -number)] * 100)
                number += 1
                wrote.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert wrote.wait(60)
        copy_database(Database("sqlite", path), tmp_path / "copy")
    finally:
        stop.set()
        writer.join()
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        rows, total = copy.execute("SELECT count(*), sum(one + other) FROM pairs").fetchone()
    assert (rows > 0, rows % 100, total) == (True, 0, 0)


def test_a_damaged_file_is_an_error_in_one_line(tmp_path):
    (tmp_path / "db").write_bytes(b"no database" * 1_000)
    with pytest.raises(DatabaseCopyError, match="cannot be copied") as failed:
        copy_database(Database("sqlite", tmp_path / "db"), tmp_path / "copy")
    assert "\n" not in str(failed.value)


def test_the_password_of_postgresql_is_no_argument_and_is_not_shown(monkeypatch, tmp_path):
    settings = Environment({"DATABASE_URL": "postgres://me@127.0.0.1:1/board", "DATABASE_PASSWORD": PASSWORD})
    database = configured_database(settings)
    assert database.variables["PGPASSWORD"] == PASSWORD
    assert PASSWORD not in repr(database)
    with pytest.raises(DatabaseCopyError) as failed:
        copy_database(database, tmp_path / "copy")
    assert PASSWORD not in str(failed.value)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if shutil.which("pg_dump") is None or not (shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*"))):
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with postgres() as url:
        yield url


def test_a_dump_of_postgresql_fills_an_empty_database_and_replaces_a_changed_one(server, tmp_path):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE TABLE people AS SELECT generate_series(1, 500) AS number")
        connection.execute("CREATE DATABASE other")
    other = server.removesuffix("postgres") + "other"
    copy_database(configured_database(Environment({"DATABASE_URL": server})), tmp_path / "copy")
    database = configured_database(Environment({"DATABASE_URL": other}))
    check_database(database, "postgresql")
    kept = shutil.copy(tmp_path / "copy", tmp_path / "again")
    restore_database(database, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    with psycopg.connect(other, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (500,)
        connection.execute("DELETE FROM people")
    twice = shutil.copy(kept, tmp_path / "twice")
    with pytest.raises(DatabaseCopyError, match="pg_restore failed"):
        restore_database(database, Path(twice))
    restore_database(database, Path(kept), replace=True)
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (500,)
