"""/healthz, /readyz and /api/v1/status: the health of every part by name."""

import asyncio
import re
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from contract import redis_names
from contract.version import VERSION
from tests.trendsite.stage import Stage
from trendsite.queries import health
from trendsite.queries.health import Viewers

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_is_well_when_every_part_reports(client, stage):
    stage.report_all(datetime.now(UTC))
    stage.report_collector(now=datetime.now(UTC) - timedelta(seconds=2))
    response = client.get("/readyz")
    body = response.json()
    assert (response.status_code, body["ok"], body["problems"]) == (200, True, [])
    assert all(body[part]["ok"] for part in ("redis", "database", "disk", "collector", "streaming", "archive"))
    assert body["collector"]["report"]["dropped"] == {"not a post": 3, "closed day": 4}
    assert body["collector"]["age_seconds"] >= 2


def test_a_site_that_is_not_ready_is_alive_and_says_the_same(client, stage):
    stage.report_streaming(datetime.now(UTC))
    alive, ready = client.get("/healthz"), client.get("/readyz")
    assert (alive.status_code, ready.status_code) == (200, 503)
    for body in (alive.json(), ready.json()):
        assert (body["ok"], body["problems"][0]["part"], body["version"]) == (False, "collector", VERSION)


def test_the_viewers_of_the_process_that_answers_are_counted(client, monkeypatch):
    monkeypatch.setattr(health, "process_viewers", Viewers(watching=3, refused={"address": 2}))
    assert client.get("/readyz").json()["viewers"] == {"watching": 3, "refused": {"address": 2}, "frames_sent": 0}


def test_a_part_that_does_not_report_is_named(client, stage):
    stage.report_streaming(datetime.now(UTC))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["collector"] == {"ok": False, "error": "does not report"}
    assert response.json()["streaming"]["ok"]


def test_a_part_with_an_old_report_is_not_ok(client, stage):
    stage.report_streaming(datetime.now(UTC) - timedelta(seconds=6))
    streaming = client.get("/readyz").json()["streaming"]
    assert (streaming["ok"], streaming["error"]) == (False, "reports no more")


def test_the_log_has_other_failures_but_not_the_503_of_the_ready_check(client, caplog):
    assert client.get("/readyz").status_code == 503
    assert [record for record in caplog.records if record.name == "django.request"] == []
    assert client.get("/api/v1/top").status_code == 503
    (line,) = [record.getMessage() for record in caplog.records]
    # Other tests may have used up the lines of this minute.
    assert line.startswith("Service Unavailable: /api/v1/top")


def test_a_report_that_cannot_be_read_counts_as_none(client, stage):
    stage.report_collector()
    stage.client.set(redis_names.streaming_status(stage.source), "{")
    assert client.get("/readyz").json()["streaming"] == {"ok": False, "error": "does not report"}


def test_redis_away_is_an_answer(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["redis"] == {"ok": False, "error": "Redis is away"}


def test_a_redis_that_accepts_and_never_answers_is_away(client, settings, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        assert client.get("/readyz").json()["redis"]["ok"] is False


def test_a_database_that_is_away_is_an_answer(client, stage, monkeypatch):
    def refuse():
        raise OperationalError("could not connect: password=secret")

    monkeypatch.setattr(health, "_select_one", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == {"ok": False, "error": "away: OperationalError"}


async def test_a_database_that_hangs_is_abandoned(monkeypatch):
    release = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(health, "probe_database", lambda: release)
    assert [problem.what for problem in await health.check_database()] == ["no answer within 0.05 s"]


AGO = timedelta(minutes=7)


@pytest.mark.parametrize(
    ("part", "report", "kind", "error"),
    [
        ("collector", {"state": "blocked", "detail": "the budget is spent"}, "blocked", "blocked: the budget is spent"),
        ("collector", {"state": "connecting", "detail": "HTTP 503"}, "connecting", "not connected: HTTP 503"),
        ("collector", {"clock_problem": "posts are an hour ahead"}, "clock", "posts are an hour ahead"),
        (
            "streaming",
            {"behind_bytes": 2**20},
            "standing",
            "counting stands still: 1.0 MiB of posts wait to be counted",
        ),
        (
            "streaming",
            {"behind_bytes": 2**26, "advanced_at": "now"},
            "behind",
            "counting is behind: 64.0 MiB of posts wait to be counted",
        ),
        (
            "archive",
            {"last_error": "2026-11-21 (simulator): S3 refused: AccessDenied", "waiting_days": 2},
            "failed",
            "archiving failed, 2 days wait: 2026-11-21 (simulator): S3 refused: AccessDenied",
        ),
    ],
)
def test_a_part_that_needs_a_person_is_not_ok_and_says_why(client, stage, part, report, kind, error):
    now = datetime.now(UTC)
    stage.report_all(now)
    since = {
        "collector": {"since": now - AGO},
        "streaming": {"advanced_at": now - AGO, "caught_up_at": now - AGO},
        "archive": {"failing_since": now - AGO},
    }
    report = {name: now if value == "now" else value for name, value in report.items()}
    getattr(stage, f"report_{part}")(now, **since[part] | report)
    response = client.get("/readyz")
    body = response.json()
    assert (response.status_code, body[part]["ok"], body[part]["error"]) == (503, False, error)
    (problem,) = body["problems"]
    assert (problem["part"], problem["kind"], problem["what"]) == (part, kind, error)
    assert problem["todo"]
    if kind != "clock":
        assert datetime.fromisoformat(problem["since"]) == now - AGO
    assert client.get("/api/v1/status").json()["problems"][0] == problem
    assert client.get("/api/v1/status").json()["parts"][part] is False
    stage.report_all(datetime.now(UTC))
    assert client.get("/readyz").status_code == 200


def test_a_stream_that_is_not_counted_says_why(client, stage):
    now = datetime.now(UTC)
    stage.report_all(now)
    stage.report_streaming(now, problem="counting waits for a person")
    (problem,) = client.get("/readyz").json()["problems"]
    assert (problem["part"], problem["kind"], problem["what"]) == (
        "streaming",
        "blocked",
        "counting waits for a person",
    )


@pytest.mark.parametrize(
    ("kind", "goes_on"), [("x", "Collecting goes on by itself"), ("replay", "set REPLAY_FILE to a file with posts")]
)
def test_the_advice_for_a_blocked_source_depends_on_its_kind(client, stage, kind, goes_on):
    now = datetime.now(UTC)
    stage.report_all(now)
    stage.report_collector(now, state="blocked", kind=kind, detail="no posts")
    (problem,) = client.get("/readyz").json()["problems"]
    assert goes_on in problem["todo"]


@pytest.mark.parametrize(
    ("part", "report"),
    [
        (
            "collector",
            {"state": "ended", "detail": "the recording has ended", "since": datetime(2026, 11, 1, tzinfo=UTC)},
        ),
        ("collector", {"state": "connecting", "detail": "opening"}),
        ("streaming", {"behind_bytes": 2**30}),
        ("archive", {"waiting_days": 3}),
    ],
)
def test_a_part_that_needs_no_person_is_ok(client, stage, part, report):
    now = datetime.now(UTC)
    stage.report_all(now)
    just = {"collector": {"since": now}, "streaming": {"advanced_at": now, "caught_up_at": now}, "archive": {}}
    getattr(stage, f"report_{part}")(now, **just[part] | report)
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("report", [{}, {"due_at": datetime.now(UTC) - timedelta(seconds=1)}])
def test_an_archive_that_is_away_is_named(client, stage, report):
    stage.report_all(datetime.now(UTC))
    if report:
        stage.report_archive(datetime.now(UTC), **report)
    else:
        stage.client.delete("trendsite:status:archive")
    body = client.get("/readyz").json()
    assert (body["ok"], body["problems"][0]["part"], body["problems"][0]["kind"]) == (False, "archive", "away")


def test_a_report_from_the_future_says_that_a_clock_is_wrong(client, stage):
    stage.report_all(datetime.now(UTC))
    stage.report_collector(datetime.now(UTC) + timedelta(minutes=10))
    error = client.get("/readyz").json()["collector"]["error"]
    told = re.fullmatch(r"its clock is (\d+) s ahead of the clock of the site", error)
    assert told
    assert 570 < int(told[1]) <= 600


def test_a_disk_that_is_nearly_full_is_not_ok(client, stage, monkeypatch):
    stage.report_all(datetime.now(UTC))
    monkeypatch.setattr(health, "free_bytes", lambda: 12_000_000)
    assert client.get("/readyz").json()["disk"]["error"] == "only 12 MB are free for Trendsite's data"


def test_a_problem_without_a_known_beginning_begins_when_it_is_first_seen(client, stage):
    began = datetime.now(UTC)
    stage.report_all(began)
    stage.client.delete("trendsite:status:archive")
    since = [client.get("/readyz").json()["problems"][0]["since"] for _ in range(2)]
    assert since[0] == since[1]
    assert began <= datetime.fromisoformat(since[0]) <= datetime.now(UTC)


def test_while_redis_is_away_there_is_no_other_problem(client):
    body = client.get("/readyz").json()
    assert [problem["part"] for problem in body["problems"]] == ["redis"]
    assert not body["archive"]["ok"]


def test_one_of_several_networks_that_is_away_is_named_and_the_others_are_well(client, stage):
    now = datetime.now(UTC)
    names = ("bluesky", "mastodon")
    bluesky, mastodon = (Stage(stage.client, name, now.date(), names) for name in names)
    for network in (bluesky, mastodon):
        network.show(now)
        network.report_all(now)
    assert client.get("/readyz").status_code == 200
    since = now - timedelta(hours=1)
    mastodon.report_collector(now, state="connecting", detail="mastodon.example refuses", since=since)
    answer = client.get("/readyz")
    found = answer.json()
    assert answer.status_code == 503
    assert [(problem["network"], problem["what"]) for problem in found["problems"]] == [
        ("mastodon", "Mastodon: not connected: mastodon.example refuses")
    ]
    assert {name: network["ok"] for name, network in found["networks"].items()} == {"bluesky": True, "mastodon": False}
    assert found["networks"]["mastodon"]["streaming"]["ok"]
    assert found["networks"]["bluesky"]["collector"]["report"]["source"] == "bluesky"
    assert client.get("/api/v1/status").json()["source"] == "bluesky,mastodon"


def test_streaming_that_is_away_is_one_problem_for_all_networks(client, stage):
    now = datetime.now(UTC)
    names = ("bluesky", "mastodon")
    for network in (Stage(stage.client, name, now.date(), names) for name in names):
        network.show(now)
        network.report_collector(now)
        network.report_archive(now)
    found = client.get("/readyz").json()
    assert [(problem["part"], problem["what"]) for problem in found["problems"]] == [("streaming", "does not report")]
    assert not any(network["ok"] for network in found["networks"].values())


def test_the_only_source_is_not_listed_as_one_of_several(client, stage):
    stage.show()
    stage.report_all(datetime.now(UTC))
    assert "networks" not in client.get("/readyz").json()
