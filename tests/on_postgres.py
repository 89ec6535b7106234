"""``python -m tests.on_postgres [pytest's arguments]``: run the database tests on PostgreSQL instead of SQLite.

The server is private: its data and its unix socket are in a new folder, which is removed afterwards.
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

# The data need not survive a crash.
_HURRIED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50")

# A collation that differs as much as possible from ours, which orders by code point.
_ORDER = ("-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")

# pytest need not drop its databases, to which threads of tests may still be connected: they end with the server.
_ARGUMENTS = ("-n", "2", "--reuse-db", "-m", "django_db or database")
_FOLDER = "tests/trendsite"


@contextmanager
def postgres(host: str = "") -> Iterator[str]:
    """Yield the DATABASE_URL of an empty database on a private server, also for other machines if it gets a ``host``.

    ``host`` is an address of this machine; everything that reaches it may connect.

    Raises:
        SystemExit: PostgreSQL is not installed.
    """
    programs = _programs()
    # PostgreSQL refuses to run as root; Debian's package creates a user.
    owner = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    with tempfile.TemporaryDirectory(prefix="trendsite-pg-") as folder:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = Path(folder) / "data"
        more = (f"unix_socket_directories={folder}", f"listen_addresses={host}")
        options = " ".join(f"-c {setting}" for setting in (*_HURRIED, *more))
        start = ["-D", str(data), "-l", f"{folder}/log", "-w", "-o", options, "start"]
        _run([programs / "initdb", "-D", str(data), "-U", "trendsite", "-A", "trust", "-N", *_ORDER], owner)
        with (data / "pg_hba.conf").open("a") as access:
            access.write("host all all samenet trust\n" if host else "")
        _run([programs / "pg_ctl", *start], owner)
        try:
            yield f"postgres://trendsite@{host or folder.replace('/', '%2F')}/postgres"
        finally:
            _run([programs / "pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop"], owner)


def _programs() -> Path:
    """Return the folder with the programs of the newest PostgreSQL, which is not in PATH on Debian."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    installed = shutil.which("initdb")
    if not found and not installed:
        sys.exit("PostgreSQL is not installed: on Debian and Ubuntu, apt install postgresql")
    return Path(installed).parent if installed else found[-1]


def _run(command: Sequence[str | Path], owner: pwd.struct_passwd) -> None:
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    # No pipes: the server that pg_ctl starts would keep them open.
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=180, **as_owner)


def main() -> int:
    """Run pytest on PostgreSQL; return its exit code."""
    with postgres() as url:
        command = [sys.executable, "-m", "pytest", *_ARGUMENTS, *(sys.argv[1:] or [_FOLDER])]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
