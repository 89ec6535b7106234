"""Upgrades in a git checkout of its own, with the real launcher and database, and stand-ins for the heavy parts."""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.data_version import DATA_VERSION, claim_data_dir, read_data_version
from launch.pause import has_stopped, paused
from launch.process_environment import ROOT
from launch.supervise import find_leftovers, has_listener, stop_leftovers, supervisor_socket
from tests.end_to_end.whole_trendsite import wait_until
from tests.launch.made_up_data import counted, make_data_dir
from tests.launch.stand_in_trendsite import _PART, _SITE, PATIENCE_SECONDS
from tests.parallel import find_free_port

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc"),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]

_NO_INSTALL = "import os, sys\nos.execvp(sys.argv[1], sys.argv[1:])\n"
_SITE_OF_VERSION = _SITE.replace("end_headers()", 'send_header("X-Version", "%s"); self.end_headers()')
_MIGRATION = """
from django.db import migrations
class Migration(migrations.Migration):
    dependencies = [("hidden", "0002_moderation_desk")]
    operations = [migrations.RunSQL("CREATE TABLE newer (n integer)"), migrations.RunSQL("no SQL")]
"""


class Checkout:
    """A git checkout with versions of Trendsite, a DATA_DIR, and the process that `make run` would be."""

    def __init__(self, folder: Path, port: int, collector_port: int) -> None:
        self.root, self.data_dir = folder / "code", folder / "var"
        left_out = shutil.ignore_patterns(
            ".git", ".venv", "var", "tests", "docs", "benchmarks", "*_cache", "__pycache__"
        )
        shutil.copytree(ROOT, self.root, ignore=left_out)
        shutil.copy(ROOT / ".gitignore", self.root)
        self.port = port
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DATA_DIR": str(self.data_dir),
            "PORT": str(port),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{collector_port}",
            "SIMULATOR_PAST_DAYS": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.run: subprocess.Popen[bytes] | None = None
        self.change("launch/install.py", _NO_INSTALL)
        for part in ("collector", "streaming"):
            self.change(f"{part}/__main__.py", _PART)
        self.replace(
            "supervisord.conf", '"%(ENV_PYTHON)s" -m trendsite.archive.tasks.watch', '"%(ENV_PYTHON)s" -m collector'
        )
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.email", "a@example.org")
        self.git("config", "user.name", "a person")
        self.commit("1.0")

    def change(self, name: str, content: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(content)

    def replace(self, name: str, old: str, new: str) -> None:
        content = (self.root / name).read_text()
        assert old in content
        self.change(name, content.replace(old, new))

    def commit(self, version: str) -> str:
        """Commit everything as a version; return the commit."""
        module = (ROOT / "contract" / "version.py").read_text()
        self.change("contract/version.py", re.sub(r'^VERSION = ".*"', f'VERSION = "{version}"', module, flags=re.M))
        if not (self.root / "trendsite" / "broken").exists():
            self.change("trendsite/serve.py", _SITE_OF_VERSION % version)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", version)
        return self.git("rev-parse", "HEAD")

    def break_next(self) -> str:
        """Begin a branch with a site that never serves; do not wait long for it. Return the commit before."""
        self.replace("launch/upgrade.py", "_HEALTH_SECONDS = 300", "_HEALTH_SECONDS = 10")
        old = self.commit("1.0")
        self.git("checkout", "--quiet", "-B", "next")
        self.change("trendsite/broken", "")
        self.change("trendsite/serve.py", "raise SystemExit('broken')")
        return old

    def newer(self, version: str) -> str:
        """Commit a newer version on a branch, as a fetch would bring it; return the commit."""
        self.git("checkout", "--quiet", "-B", "next")
        commit = self.commit(version)
        self.git("checkout", "--quiet", "main")
        return commit

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def python(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def upgrade(self, target: str = "") -> tuple[int, str]:
        process = self.python("launch.upgrade", target)
        said, _ = process.communicate(timeout=500)
        return process.returncode, said

    def start(self) -> None:
        """Run it as in a terminal, and wait until it serves."""
        self.run = subprocess.Popen([sys.executable, "-m", "launch"], cwd=self.root, env=self.environ)
        wait_until(self.served, "the site serves")

    def served(self) -> str:
        """Return the version that the site serves, empty while it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=30) as answer:
                return answer.headers["X-Version"]
        except OSError:
            return ""

    def close(self) -> None:
        if self.run is not None and self.run.poll() is None:
            self.run.terminate()
            self.run.wait(PATIENCE_SECONDS)
        stop_leftovers(f"unix://{supervisor_socket(self.data_dir)}")


@pytest.fixture
def checkout(short_dir: Path, free_port: int) -> Iterator[Checkout]:
    checkout = Checkout(short_dir, free_port, find_free_port())
    make_data_dir(checkout.data_dir)
    yield checkout
    checkout.close()


def test_a_running_trendsite_changes_its_version_in_its_own_process_and_keeps_its_counts(checkout):
    new = checkout.newer("2.0")
    counts = counted(checkout.data_dir)
    checkout.start()
    assert checkout.served() == "1.0"
    code, said = checkout.upgrade("next")
    assert code == 0, said
    assert "Upgrade from 1.0 (" in said
    assert "database: no migration" in said
    assert "is well. The backup from before is" in said
    assert (checkout.head(), checkout.git("branch", "--show-current")) == (new, "main")
    assert checkout.run.poll() is None
    assert checkout.served() == "2.0"
    assert counted(checkout.data_dir) == counts
    assert len(list((checkout.root / "backups").glob("before-*.tar.zst"))) == 1


def test_a_version_that_does_not_serve_is_taken_back(checkout):
    old = checkout.break_next()
    checkout.commit("2.0")
    checkout.git("checkout", "--quiet", "main")
    checkout.start()
    code, said = checkout.upgrade("next")
    assert code == 1, said
    assert "Not well: " in said
    assert "1.0" in said.splitlines()[-1]
    assert checkout.head() == old
    assert checkout.run.poll() is None
    wait_until(lambda: checkout.served() == "1.0", "the old version serves again")


def test_data_that_the_old_version_cannot_open_is_restored(checkout):
    old = checkout.break_next()
    checkout.change("trendsite/moderation/migrations/0003_newer.py", _MIGRATION)
    checkout.replace("contract/data_version.py", f"DATA_VERSION = {DATA_VERSION}", f"DATA_VERSION = {DATA_VERSION + 1}")
    checkout.commit("2.0")
    checkout.git("checkout", "--quiet", "main")
    counts = counted(checkout.data_dir)
    checkout.start()
    code, said = checkout.upgrade("next")
    assert code == 1, said
    assert "database: moderation.0003_newer" in said
    assert f"version {DATA_VERSION} becomes {DATA_VERSION + 1}" in said
    assert "restoring the backup" in said
    assert checkout.head() == old
    wait_until(lambda: checkout.served() == "1.0", "the old version serves again")
    assert read_data_version(checkout.data_dir).data == DATA_VERSION
    assert counted(checkout.data_dir) == counts


def test_what_does_not_run_is_started_for_the_check_and_stopped_again(checkout):
    new = checkout.newer("2.0")
    claim_data_dir(checkout.data_dir)
    code, said = checkout.upgrade("next")
    assert code == 0, said
    assert checkout.head() == new
    assert not has_listener(supervisor_socket(checkout.data_dir))
    assert find_leftovers(f"unix://{supervisor_socket(checkout.data_dir)}") == []


def test_a_killed_upgrade_leaves_a_running_trendsite_and_the_same_command_continues(checkout):
    new = checkout.newer("2.0")
    checkout.start()
    killed = checkout.python("launch.upgrade", "next")
    wait_until(lambda: (checkout.data_dir / "upgrade.json").exists(), "the backup is taken")
    killed.send_signal(signal.SIGKILL)
    assert "Taking a backup" in killed.communicate(timeout=PATIENCE_SECONDS)[0]
    wait_until(checkout.served, "what waited has started")
    code, said = checkout.upgrade()
    assert code == 0, said
    assert "Continuing the upgrade to 2.0" in said
    assert checkout.head() == new
    assert checkout.served() == "2.0"
    assert len(list((checkout.root / "backups").glob("*.tar.zst"))) == 1


def test_no_upgrade_begins_without_a_newer_commit_or_over_changed_files(checkout):
    code, said = checkout.upgrade("elsewhere")
    assert (code, said.count("\n")) == (1, 1)
    assert "TO=elsewhere is no commit here" in said
    assert "follows no branch" in checkout.upgrade()[1]
    assert "is what runs here" in checkout.upgrade("main")[1]
    checkout.newer("2.0")
    checkout.change("README.md", "changed")
    assert "files of Trendsite were changed here" in checkout.upgrade("next")[1]


def test_a_downgrade_of_the_data_is_refused_in_one_line(checkout):
    checkout.git("checkout", "--quiet", "-B", "older")
    checkout.replace("contract/data_version.py", f"DATA_VERSION = {DATA_VERSION}", f"DATA_VERSION = {DATA_VERSION - 1}")
    checkout.commit("0.9")
    checkout.git("checkout", "--quiet", "main")
    code, said = checkout.upgrade("older")
    assert (code, said.count("\n")) == (1, 1)
    assert "a downgrade cannot open the data" in said


def test_a_start_waits_for_the_end_of_an_upgrade(checkout):
    checkout.data_dir.mkdir(exist_ok=True)
    with paused(checkout.data_dir):
        process = checkout.python("launch")
        assert process.stdout.readline() == f"An upgrade is at work on {checkout.data_dir}: waiting for its end\n"
        assert has_stopped(checkout.data_dir)
    wait_until(checkout.served, "what waited has started")
    assert not has_stopped(checkout.data_dir)
    process.terminate()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert has_stopped(checkout.data_dir)
