"""/healthz: every part, by name."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from trendsite.api import health
from trendsite.live.viewers import Viewers

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_is_well_when_every_part_reports(client, stage):
    stage.report_collector(now=datetime.now(UTC) - timedelta(seconds=2))
    stage.report_streaming(now=datetime.now(UTC))
    response = client.get("/healthz")
    body = response.json()
    assert (response.status_code, body["ok"]) == (200, True)
    assert all(body[part]["ok"] for part in ("redis", "database", "collector", "streaming"))
    assert body["collector"]["report"]["dropped"] == {"not a post": 3, "closed day": 4}
    assert body["collector"]["age_seconds"] >= 2


def test_the_viewers_of_the_process_that_answers_are_counted(client, monkeypatch):
    monkeypatch.setattr(health, "of_this_process", Viewers(watching=3, refused={"address": 2}))
    assert client.get("/healthz").json()["viewers"] == {"watching": 3, "refused": {"address": 2}}


def test_a_part_that_does_not_report_is_named(client, stage):
    stage.report_streaming(datetime.now(UTC))
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["collector"] == {"ok": False, "error": "does not report"}
    assert response.json()["streaming"]["ok"]


def test_an_old_report_does_not_pass_for_a_living_part(client, stage):
    stage.report_streaming(datetime.now(UTC) - timedelta(seconds=6))
    streaming = client.get("/healthz").json()["streaming"]
    assert (streaming["ok"], streaming["error"]) == (False, "reports no more")


def test_a_part_that_does_not_report_is_no_news_to_the_log_but_other_failures_are(client, caplog):
    assert client.get("/healthz").status_code == 503
    assert [record for record in caplog.records if record.name == "django.request"] == []
    assert client.get("/api/v1/top").status_code == 503
    assert [record.getMessage() for record in caplog.records] == ["Service Unavailable: /api/v1/top"]


def test_a_report_that_cannot_be_read_counts_as_none(client, stage):
    stage.report_collector()
    stage.client.set("trendsite:status:streaming", "{")
    assert client.get("/healthz").json()["streaming"] == {"ok": False, "error": "does not report"}


def test_redis_away_is_an_answer(client):
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["redis"] == {"ok": False, "error": "Redis is away"}


def test_a_redis_that_accepts_and_never_answers_is_away(client, settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        assert client.get("/healthz").json()["redis"]["ok"] is False


def test_a_database_that_is_away_is_an_answer(client, stage, monkeypatch):
    def refuse():
        raise OperationalError("could not connect: password=secret")

    monkeypatch.setattr(health, "_select_one", refuse)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == {"ok": False, "error": "away: OperationalError"}


async def test_a_database_that_hangs_is_given_up(monkeypatch):
    release = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(health, "probe_database", lambda: release)
    assert (await health.database_health()).error == "no answer within 0.05 s"
