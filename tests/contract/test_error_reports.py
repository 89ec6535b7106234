"""Reports of failures to a server with Sentry's protocol, which here is a stand-in."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from contract.environment import Environment, SettingError
from contract.error_reports import start_error_reports
from contract.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "X_BEARER_TOKEN": "AAAA-bearer-7c1d",
    "MASTODON_TOKEN": "one.example=mastodon-4b1c,two.example=mastodon-9d2e",
    "DATABASE_URL": "postgres://trends:database-81fa@db.example/trends",
    "COLLECTOR_SECRET": "2c5e8f0a9b7d4e61",
}
FAILING = """
import logging, os, sys
from contract.environment import Environment
from contract.error_reports import start_error_reports
from contract.logs import start_logging
from trendsite.bounded_log import BoundedLog

class OurError(RuntimeError):
    pass

OurError.__module__ = "collector.server"
settings = Environment(os.environ)
start_logging("collector", settings)
start_error_reports("collector", settings)
log = logging.getLogger("collector.server")
sentry_sdk = sys.modules["sentry_sdk"]
sentry_sdk.get_client().options["shutdown_timeout"] = 60  # a busy machine may need longer than ours of two seconds

def parse(post_text, token):
    headers = {"Authorization": token}
    return int(post_text)

try:
    parse("Meet me at the harbour", os.environ["X_BEARER_TOKEN"])
except ValueError as error:
    log.exception("a post of %s failed", "@ada")
logging.getLogger().handlers[0].addFilter(BoundedLog())
log.error("%s is not counted", "mastodon")
log.warning("no failure")
raise OurError(f"connected with {os.environ['DATABASE_URL']} and {os.environ['MASTODON_TOKEN']}")
"""


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[str]]]:
    """The DSN of a stand-in, and the bodies that it gets."""
    bodies: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append((gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body).decode())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://publickey5f1c@127.0.0.1:{server.server_port}/7", bodies
        server.shutdown()


def events(bodies: list[str]) -> list[dict]:
    """Return the events in envelopes: a header, then a header and a body for each item."""
    items = [line for body in bodies for line in body.splitlines()[2::2]]
    return [json.loads(item) for item in items]


def run(code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **SECRETS, **settings}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=180)


def test_a_failure_arrives_with_its_code_and_nothing_else(sentry):
    dsn, bodies = sentry
    assert run(FAILING, SENTRY_DSN=dsn).returncode == 1
    logged, line, uncaught = events(bodies)
    for event in (logged, line, uncaught):
        assert (event["release"], event["tags"]["part"]) == (f"trendsite@{VERSION}", "collector")
        assert not {"request", "user", "extra", "breadcrumbs", "modules", "server_name"} & event.keys()
    (failure,) = logged["exception"]["values"]
    assert (failure["type"], failure["value"]) == ("ValueError", "")
    assert [frame["function"] for frame in failure["stacktrace"]["frames"]][-1] == "parse"
    assert logged["logentry"] == {"message": "a post of %s failed"}
    assert line["logentry"] == {"message": "%s is not counted"}
    (ours,) = uncaught["exception"]["values"]
    assert ours["value"] == "connected with postgres://trends:[hidden]@db.example/trends and [hidden]"


def test_no_secret_and_nothing_of_a_post_leaves_this_machine(sentry):
    dsn, bodies = sentry
    run(FAILING, SENTRY_DSN=dsn)
    sent = "".join(bodies)
    assert "collector.server" in sent
    secrets = ["bearer-7c1d", "mastodon-4b1c", "mastodon-9d2e", "database-81fa", "2c5e8f0a9b7d4e61"]
    assert [secret for secret in (*secrets, "harbour", "@ada", os.uname().nodename) if secret in sent] == []


def test_a_server_that_is_away_changes_nothing(free_port):
    ended = run(FAILING, SENTRY_DSN=f"http://key@127.0.0.1:{free_port}/7")
    assert (ended.returncode, ended.stderr.count("OurError: ")) == (1, 1)


def test_without_the_setting_nothing_is_loaded():
    ended = run(f"{FAILING.split('log =')[0]}\nsys.exit('sentry_sdk' in sys.modules)", SENTRY_DSN="")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("dsn", ["sentry.example", "https://sentry.example/7", "https://hush@/7"])
def test_a_wrong_dsn_is_refused_without_showing_it(dsn):
    with pytest.raises(SettingError, match="SENTRY_DSN is not usable: give https://key@host/project") as refused:
        start_error_reports("site", Environment({"SENTRY_DSN": dsn}))
    assert "hush" not in str(refused.value)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(SettingError, match="needs the package sentry-sdk"):
        start_error_reports("site", Environment({"SENTRY_DSN": "https://key@sentry.example/7"}))


@pytest.mark.parametrize("program", [("-m", "collector"), ("-m", "streaming"), ("-m", "trendsite.serve")])
def test_every_part_reads_the_setting(program, tmp_path):
    environ = {**os.environ, "DATA_DIR": str(tmp_path), "SENTRY_DSN": "https://hush@/7"}
    command = [sys.executable, *program]
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=180)
    assert ended.returncode == 1
    assert ended.stderr.count("SENTRY_DSN is not usable") == 1
    assert "hush" not in ended.stderr
