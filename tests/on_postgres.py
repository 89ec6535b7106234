"""``python -m tests.on_postgres [pytest's arguments]``: the tests that touch the database, on PostgreSQL.

Without it they are on SQLite. The server is a private one: its data lie in a new folder, it listens on a unix socket
in it, and it is gone afterwards.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What it keeps is gone with the run: none of it has to survive a crash.
_HURRIED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=50")

# The most that a server's order of texts may differ from ours, which is by code point.
_ORDER = ("-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")

# Threads that tests left may still be connected to what pytest would drop at its end; it goes with the server.
_ARGUMENTS = ("--reuse-db", "-m", "django_db or database")
_FOLDER = "tests/trendsite"


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the DATABASE_URL of an empty database of a server of our own.

    Raises:
        SystemExit: PostgreSQL is not installed.
    """
    programs = _programs()
    # PostgreSQL refuses to run as root; Debian's package makes a user for it.
    owner = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    with tempfile.TemporaryDirectory(prefix="trendsite-pg-") as folder:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = Path(folder) / "data"
        options = " ".join(f"-c {setting}" for setting in (*_HURRIED, f"unix_socket_directories={folder}"))
        start = ["-D", str(data), "-l", f"{folder}/log", "-w", "-o", options, "start"]
        _run([programs / "initdb", "-D", str(data), "-U", "trendsite", "-A", "trust", "-N", *_ORDER], owner)
        _run([programs / "pg_ctl", *start], owner)
        try:
            yield f"postgres://trendsite@{folder.replace('/', '%2F')}/postgres"
        finally:
            _run([programs / "pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop"], owner)


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL, which Debian keeps out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    installed = shutil.which("initdb")
    if not found and not installed:
        sys.exit("PostgreSQL is not installed: on Debian and Ubuntu, apt install postgresql")
    return Path(installed).parent if installed else found[-1]


def _run(command: Sequence[str | Path], owner: pwd.struct_passwd) -> None:
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    # The server that pg_ctl leaves behind would keep a pipe open.
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=60, **as_owner)


def main() -> int:
    """Run pytest on PostgreSQL; return its exit code."""
    with postgres() as url:
        command = [sys.executable, "-m", "pytest", *_ARGUMENTS, *(sys.argv[1:] or [_FOLDER])]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
