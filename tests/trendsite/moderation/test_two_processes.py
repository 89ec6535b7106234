"""Two processes on one port: a hashtag hidden through either disappears from every socket and page of both."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import connect

from tests.parallel import find_free_port
from tests.trendsite.site import end_at_once, serve

PATIENCE = 60.0
SEATS = 16


@pytest.fixture
def port() -> int:
    return find_free_port()


class Processes:
    """Processes of the site that share a port, a database and Redis."""

    def __init__(self, folder: Path, redis_url: str, port: int) -> None:
        self._folder = folder
        shared = {"DATA_DIR": str(folder), "REDIS_URL": redis_url, "PORT": str(port), "SITE_PROCESSES": "2"}
        self._environment = {**os.environ, **shared}
        self._running: list[subprocess.Popen[bytes]] = []
        self.manage("migrate")

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=120)

    def start(self) -> None:
        for number in range(2):
            self._running.append(serve(self._environment, self._folder / f"site-{number}.log"))

    def stop(self) -> None:
        for site in self._running:
            end_at_once(site)


@pytest.fixture
def processes(redis_url, tmp_path, port):
    processes = Processes(tmp_path, redis_url, port)
    yield processes
    processes.stop()


def change(processes: Processes, code: str) -> None:
    """Change the database in another process, so that Redis and the database are the only notice."""
    processes.manage("shell", "-c", f"from trendsite.moderation.models import HiddenHashtag\n{code}")


async def ranking_of(seat, *wanted: str) -> None:
    """Wait for a ranking of exactly these hashtags."""
    while True:
        message = msgspec.json.decode(await seat.recv())
        if "top" in message and [place["key"] for place in message["top"]] == list(wanted):
            return


@pytest.mark.parametrize("is_announced", [True, False])
async def test_both_processes_apply_hiding_and_unhiding(processes, stage, port, is_announced):
    stage.count("*", {"spam": 9, "cats": 2})
    stage.show()
    await asyncio.to_thread(processes.start)
    hide, show = "HiddenHashtag.objects.create(key='spam', reason='ads')", "HiddenHashtag.objects.all().delete()"
    if not is_announced:
        hide = "HiddenHashtag.objects.bulk_create([HiddenHashtag(key='spam', reason='ads')])"
        show = "HiddenHashtag.objects.all()._raw_delete('default')"
    # The kernel chooses the process by a hash of the ports: among so many, both serve some.
    address = f"ws://127.0.0.1:{port}/ws/board/"
    settings = {"origin": f"http://127.0.0.1:{port}", "proxy": None, "open_timeout": PATIENCE}
    seats = [await connect(address, **settings) for _ in range(SEATS)]
    async with asyncio.timeout(4 * PATIENCE):
        await asyncio.gather(*(ranking_of(seat, "spam", "cats") for seat in seats))
        await asyncio.to_thread(change, processes, hide)
        await asyncio.gather(*(ranking_of(seat, "cats") for seat in seats))
        await asyncio.to_thread(change, processes, show)
        await asyncio.gather(*(ranking_of(seat, "spam", "cats") for seat in seats))
    for seat in seats:
        await seat.close()
