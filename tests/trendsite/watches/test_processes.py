"""Alerts of a whole site: its processes, Redis, and a webhook that is slow while one process is killed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest
import redis

from tests.trendsite.site import Site
from tests.trendsite.stage import Stage

pytestmark = pytest.mark.database

PATIENCE = 60

WATCH = """
from django.contrib.auth.models import User
from trendsite.watches.models import Receiver, Watch
user = User.objects.create_user("ada")
receiver = Receiver.objects.create(
    user=user, kind="webhook", name="desk", address="http://127.0.0.1:{port}/", secret="whsec_AAAA"
)
Watch.objects.create(user=user, key="cats", threshold=1).receivers.add(receiver)
"""


class Hook:
    """A web server that keeps what it gets, and answers once ``may_answer`` is set."""

    def __init__(self) -> None:
        self.calls: Queue[tuple[str, str]] = Queue()
        self.may_answer = threading.Event()
        self.port = 0


@pytest.fixture
def hook() -> Iterator[Hook]:
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.calls.put((self.headers["webhook-id"], body["text"].splitlines()[0]))
            kept.may_answer.wait(PATIENCE)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield kept
        kept.may_answer.set()
        server.shutdown()
        thread.join()


def test_a_kill_in_the_middle_makes_no_second_alert_and_the_message_comes_with_the_same_id(
    redis_url: str, redis_client: redis.Redis, tmp_path: Path, hook: Hook
) -> None:
    stage = Stage(redis_client)
    stage.show_quiet()
    stage.count("*", {"Dogs": 50})
    site = Site(tmp_path, redis_url, ALERTS_TO_PRIVATE_ADDRESSES="1")
    site.run(WATCH.format(port=hook.port))
    try:
        site.start()
        _wait_while(site, "Watch.objects.filter(started_at=None).exists()")
        stage.count("*", {"Dogs": 50, "Cats": 60})
        first = hook.calls.get(timeout=PATIENCE)
        assert first[1] == "#Cats is now number 1 of today, with 60 posts (All languages)."
        site.stop()  # as kill -9: the answer is still out
        hook.may_answer.set()
        site.start()
        assert hook.calls.get(timeout=PATIENCE) == first
        _wait_while(site, "Delivery.objects.filter(state='waiting').exists()")
        site.run("from trendsite.watches.models import Alert; assert Alert.objects.count() == 1")
    finally:
        site.stop()
    assert hook.calls.empty()


def _wait_while(site: Site, condition: str) -> None:
    """Wait in the site's database while a condition is true."""
    site.run(
        "import time\n"
        "from trendsite.watches.models import Delivery, Watch\n"
        f"end = time.monotonic() + {PATIENCE}\n"
        f"while {condition}:\n"
        "    assert time.monotonic() < end\n"
        "    time.sleep(0.1)\n"
    )
