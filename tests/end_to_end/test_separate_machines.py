"""Site and pipeline on two machines without a shared folder: they share Redis, the database and storage only."""

import http.cookiejar
import re
import secrets
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.address import parse_address
from contract.closed_day import closed_day_folder
from streaming.source.client import CollectorClient, CollectorUnreachableError
from tests.end_to_end.machines import Machine, two_machines
from tests.end_to_end.whole_trendsite import Trendsite, wait_until
from tests.on_postgres import postgres
from tests.tls_redis import tls_redis
from tests.trendsite.archive.conftest import ROWS, write_part

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
SECRET = secrets.token_hex(32)
COLLECTOR = "10.237.0.1:5555"


@dataclass
class Browser:
    """Pages of the site, as a person with cookies sees them."""

    site: Trendsite

    def __post_init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        with self._opener.open(self.site.address + path, timeout=60) as answer:
            return answer.read().decode()

    def post(self, path: str, form: str, **fields: str) -> str:
        """Send a form of the page ``form`` to a path; return the page that follows."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(form))
        assert token, f"{form} has no form"
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        with self._opener.open(self.site.address + path, data, timeout=60) as answer:
            return answer.read().decode()


@contextmanager
def storage(host: str) -> Iterator[str]:
    """Yield the URL of a server with S3's API, in a process of this machine."""
    command = [sys.executable, "-c", _STORAGE, host]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout
            assert any(line == "ready\n" for line in server.stdout)
            yield f"http://{host}:5001"
        finally:
            server.kill()


_STORAGE = """
import sys, threading
import boto3
from moto.server import ThreadedMotoServer
ThreadedMotoServer(sys.argv[1], 5001).start()
keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
boto3.client("s3", endpoint_url=f"http://{sys.argv[1]}:5001", **keys).create_bucket(Bucket="archive")
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[tuple[Machine, Machine, dict[str, str]]]:
    """The machine of the pipeline, that of the site, and the settings of both."""
    if not shutil.which("initdb") and not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with two_machines() as (first, second), ExitStack() as servers:

        def start_servers() -> dict[str, str]:
            return {
                "REDIS_URL": servers.enter_context(tls_redis(tmp_path, first.address, 6380)).url(),
                "DATABASE_URL": servers.enter_context(postgres(first.address)),
                "ARCHIVE_URL": "s3://archive/days",
                "AWS_ENDPOINT_URL": servers.enter_context(storage(first.address)),
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
            }

        yield first, second, first.run(start_servers)


@contextmanager
def started(machine: Machine, trendsite: Trendsite) -> Iterator[None]:
    """Run a Trendsite on a machine."""
    machine.run(trendsite.start)
    with ExitStack() as ending:
        ending.push(trendsite.__exit__)
        yield


def test_the_site_needs_nothing_of_the_pipelines_machine_but_redis_database_and_storage(shared):
    first, second, settings = shared
    pipeline = Trendsite(
        PARTS="pipeline", COLLECTOR_ADDRESS=COLLECTOR, COLLECTOR_SECRET=SECRET, SIMULATOR_PAST_DAYS="0", **settings
    )
    site = Trendsite(PARTS="site", BIND_ADDRESS="10.237.0.2", PORT="8000", **settings)
    site.address = "http://10.237.0.2:8000"
    folder = closed_day_folder(pipeline.data_dir, "simulator", YESTERDAY)
    folder.mkdir(parents=True)
    write_part(folder / "part-00000.parquet", ROWS)
    with started(first, pipeline), started(second, site):
        second.run(lambda: check_board(site))
        second.run(lambda: check_archive(site))
        second.run(check_collector)
        assert not {"race", "closed", "spool", "counts", "archive"} & {path.name for path in site.data_dir.iterdir()}
    assert "Board" not in pipeline.said
    assert "The first admin was created" in site.said
    assert "The first admin was created" not in pipeline.said
    assert "Source   simulated posts" in pipeline.said
    assert "Source" not in site.said


def check_board(site: Trendsite) -> None:
    """Check the board's ranking and today's race."""
    wait_until(lambda: site.top() and (site.ask("/healthz") or {}).get("ok"), "the board has a ranking and all is well")
    day = wait_until(lambda: (site.ask("/api/v1/top") or {}).get("day"), "the board has a day")
    wait_until(lambda: (site.ask(f"/api/v1/days/{day}/race") or {}).get("frames"), "today's race has a frame")
    race = site.ask(f"/api/v1/days/{day}/race")
    assert race
    assert race["frames"][0]["top"]
    assert "Ranking as JSON" in Browser(site).get(f"/days/{day}/")


def check_archive(site: Trendsite) -> None:
    """Log in, archive yesterday again from the admin, and download it from storage."""
    browser, days, tasks = Browser(site), "/admin/history/day/", "/admin/history/archivetask/"
    wait_until(lambda: str(YESTERDAY) in Browser(site).get("/days/"), "yesterday is archived")
    password = secrets.token_hex(16)
    account = ("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org")
    site.manage(*account, DJANGO_SUPERUSER_PASSWORD=password)
    assert "Log out" in browser.post("/login/?next=/", "/login/", username="ada", password=password)
    (day,) = re.findall(rf"{days}(\d+)/change/", browser.get(days))
    browser.post(days, days, action="archive_again", _selected_action=day, index="0")
    wait_until(lambda: "100 posts, 3 hashtags" in browser.get(tasks), "the task is done")
    assert "worldcup" in browser.post(days, days, action="download_csv", _selected_action=day, index="0")


def check_collector() -> None:
    """Check that the collector accepts its secret from another machine, and no other."""
    address = parse_address(COLLECTOR)
    assert address
    with CollectorClient(address, SECRET, patience=60) as collector:
        stream = collector.status()
    with CollectorClient(address, SECRET, patience=60) as collector:
        assert collector.read(stream.first_offset, stream.first_offset + 1_000).startswith(b"{")
    with CollectorClient(address, "0" * 64, patience=0) as stranger, pytest.raises(CollectorUnreachableError):
        stranger.read(stream.first_offset, stream.first_offset + 1_000)
