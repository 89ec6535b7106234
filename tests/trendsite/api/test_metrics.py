"""/metrics: what every part reports, for Prometheus."""

import re
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from contract import redis_names
from contract.dropped import REASONS
from contract.gap import Gap
from contract.status import BATCH_SECONDS, BatchTimes, BudgetStatus
from contract.version import VERSION
from tests.trendsite.stage import Stage
from trendsite.api.metrics import REFUSALS
from trendsite.board.live.limits import RefusalKind
from trendsite.board.live.subscribers import Subscriber
from trendsite.queries import health, site_processes
from trendsite.queries.choice import EVERYTHING
from trendsite.queries.health import Requests, Viewers
from trendsite.queries.site_processes import ProcessCounters, ProcessReporter

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]
LABELS = ("part", "kind", "process", "network", "state", "reason", "result", "le", "version")
TOKEN = "9f3c1d7ab02e4865d1c7f0a48be25936"


def scrape(client, **headers: str) -> dict[tuple[str, ...], float]:
    """Return the value of each sample, by its name and the values of its labels, in the order of LABELS."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, *(sample.labels[label] for label in LABELS if label in sample.labels)): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_part_is_in_the_metrics(client, stage, monkeypatch):
    now = datetime.now(UTC).replace(microsecond=0)
    stage.report_all(now)
    stage.show(now - timedelta(seconds=7))
    times = BatchTimes()
    for seconds in (0.04, 0.3, 99.0):
        times.add(seconds)
    stage.report_collector(
        now,
        dropped={"late": 4, "not_a_post": 9},
        gaps=[Gap(now - timedelta(minutes=3), now - timedelta(minutes=1), "the connection was lost")],
        budget=BudgetStatus(limit=10_000, month=1_234, today=5, dollars_per_post=0.005),
    )
    stage.report_streaming(now, behind_bytes=1_000, counted_offset=84_000, rebuilds=2, batch_times=times)
    stage.report_archive(now, waiting_days=1)
    monkeypatch.setattr(site_processes, "process_viewers", Viewers(3, {"address": 2}, frames_sent=40))
    found = scrape(client)
    assert found["trendsite_build_info", VERSION] == 1
    assert found["trendsite_ready",] == 1
    assert {key for key, up in found.items() if key[0] == "trendsite_up" and up} == {
        *(("trendsite_up", part, "") for part in ("redis", "database", "disk", "archive")),
        *(("trendsite_up", part, "simulator") for part in ("collector", "streaming")),
    }
    assert not any(value for key, value in found.items() if key[0] == "trendsite_problem")
    assert found["trendsite_collector_state", "simulator", "connected"] == 1
    assert found["trendsite_posts_total", "simulator"] == 1_000
    assert found["trendsite_tagged_posts_total", "simulator"] == 200
    assert found["trendsite_dropped_total", "simulator", "late"] == 4
    assert found["trendsite_dropped_total", "simulator", "duplicate"] == 0
    assert (found["trendsite_known_gaps", "simulator"], found["trendsite_known_gaps_seconds", "simulator"]) == (1, 120)
    assert (found["trendsite_lag_bytes", "simulator"], found["trendsite_lag_seconds", "simulator"]) == (1_000, 7)
    assert found["trendsite_latest_post_timestamp_seconds", "simulator"] == (now - timedelta(seconds=7)).timestamp()
    assert found["trendsite_counted_bytes_total", "simulator"] == 84_000
    assert found["trendsite_rebuilds_total", "simulator"] == 2
    batches = [
        found["trendsite_batch_duration_seconds_bucket", "simulator", le] for le in ("0.05", "0.5", "30.0", "+Inf")
    ]
    assert batches == [1, 2, 2, 3]
    assert found["trendsite_batch_duration_seconds_sum", "simulator"] == pytest.approx(99.34)
    assert found["trendsite_budget_used_posts", "simulator"] == 1_234
    assert found["trendsite_budget_used_dollars", "simulator"] == 6.17
    assert found["trendsite_archive_waiting_days",] == 1
    assert found["trendsite_archive_last_success_timestamp_seconds",] == (now - timedelta(hours=11)).timestamp()
    assert 0 < found["trendsite_disk_free_bytes",] < found["trendsite_disk_size_bytes",]
    assert (found["trendsite_viewers", "0"], found["trendsite_frames_sent_total", "0"]) == (3, 40)
    assert found["trendsite_refused_viewers_total", "0", "address"] == 2
    assert found["trendsite_api_requests_total", "0", "refused"] >= 0


def test_without_redis_the_metrics_say_so_and_nothing_of_what_is_unknown(client):
    found = scrape(client)
    assert (found["trendsite_up", "redis", ""], found["trendsite_ready",]) == (0, 0)
    assert found["trendsite_problem", "redis", "away", ""] == 1
    assert found["trendsite_up", "database", ""] == 1
    assert {key[1] for key in found if key[0] == "trendsite_up"} == {"redis", "database", "disk"}
    assert "trendsite_posts_total" not in {key[0] for key in found}
    assert "trendsite_viewers" in {key[0] for key in found}


def test_a_redis_that_accepts_and_never_answers_delays_no_scrape_forever(client, settings, monkeypatch):
    for module in (health, site_processes):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)
    settings.SITE_PROCESSES = 2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        assert scrape(client)["trendsite_up", "redis", ""] == 0


def test_a_part_that_is_away_or_has_a_problem_says_which(client, stage):
    now = datetime.now(UTC)
    stage.report_all(now)
    stage.report_collector(now - timedelta(seconds=30))
    stage.report_archive(now, last_error="disk full", waiting_days=2)
    found = scrape(client)
    assert found["trendsite_up", "collector", "simulator"] == 0
    assert found["trendsite_problem", "collector", "away", "simulator"] == 1
    assert found["trendsite_problem", "archive", "failed", ""] == 1
    assert (found["trendsite_archive_failing",], found["trendsite_ready",]) == (1, 0)
    assert found["trendsite_up", "streaming", "simulator"] == 1


def test_before_anything_has_reported_the_parts_are_away(client, stage):
    found = scrape(client)
    assert found["trendsite_up", "redis", ""] == 1
    assert found["trendsite_up", "collector", ""] == found["trendsite_up", "streaming", ""] == 0


def test_each_of_several_networks_has_its_own_metrics(client, stage):
    now = datetime.now(UTC)
    names = ("bluesky", "mastodon")
    bluesky, mastodon = (Stage(stage.client, name, now.date(), names) for name in names)
    for network in (bluesky, mastodon):
        network.show(now)
        network.report_all(now)
    bluesky.report_collector(now, posts=9)
    mastodon.report_collector(now, state="blocked", detail="the token was refused")
    found = scrape(client)
    assert (found["trendsite_posts_total", "bluesky"], found["trendsite_posts_total", "mastodon"]) == (9, 1_000)
    assert found["trendsite_problem", "collector", "blocked", "mastodon"] == 1
    assert found["trendsite_problem", "collector", "blocked", "bluesky"] == 0
    assert found["trendsite_collector_state", "mastodon", "blocked"] == 1


def test_labels_have_only_values_of_closed_sets(client, stage, monkeypatch):
    stage.report_all(datetime.now(UTC))
    stage.report_collector(datetime.now(UTC), dropped={"late": 1, "evil\n": 2, "x" * 999: 3})
    monkeypatch.setattr(site_processes, "process_viewers", Viewers(refused={"of a later version": 1}))
    found = scrape(client)
    reasons = {key[-1] for key in found if key[0] == "trendsite_dropped_total"}
    assert reasons == {*REASONS, "other"}
    assert found["trendsite_dropped_total", "simulator", "other"] == 5
    assert found["trendsite_refused_viewers_total", "0", "other"] == 1


def test_the_closed_sets_have_every_reason_in_the_code():
    code = "".join(path.read_text() for path in (ROOT / "collector").rglob("*.py"))
    used = set(re.findall(r"dropped\[\"(\w+)\"", code)) | set(re.findall(r"dropped\[.* else \"(\w+)\"\]", code))
    assert used == set(REASONS)
    ended = set(re.findall(r'_end\("([\w ]+)"\)', (ROOT / "trendsite" / "pending_connections.py").read_text()))
    assert {*get_args(RefusalKind), *ended, "stalled", "unfinished"} == set(REFUSALS)


def test_an_old_or_other_version_of_streaming_leaves_out_its_batch_times(client, stage):
    stage.report_all(datetime.now(UTC))
    stage.report_streaming(datetime.now(UTC), batch_times=BatchTimes(1.0, [1]))
    assert len(BATCH_SECONDS) > 1
    assert not [key for key in scrape(client) if key[0].startswith("trendsite_batch_duration")]


def test_with_a_token_only_its_owner_reads_the_metrics(client, settings):
    settings.METRICS_TOKEN = TOKEN
    for headers in ({}, {"authorization": "Bearer x"}, {"authorization": f"Basic {TOKEN}"}, {"authorization": "ü"}):
        answer = client.get("/metrics", headers=headers)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert b"trendsite_" not in answer.content
    assert scrape(client, authorization=f"Bearer {TOKEN}")["trendsite_build_info", VERSION] == 1


def test_openmetrics_is_served_where_it_is_asked_for(client):
    answer = client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")
    assert client.post("/metrics").status_code == 405


def test_of_several_processes_each_is_in_the_metrics_while_it_lives(client, stage, settings, monkeypatch):
    settings.SITE_PROCESSES = 3
    now = datetime.now(UTC)
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "site-1")
    monkeypatch.setattr(site_processes, "process_viewers", Viewers(watching=5))
    ProcessReporter().report()
    gone = ProcessCounters(Viewers(watching=7), Requests(), now - timedelta(minutes=1))
    key = redis_names.site_status(socket.gethostname())
    stage.client.hset(key, mapping={"2": msgspec.json.encode(gone), "0": "{"})
    assert 0 < stage.client.ttl(key) <= redis_names.STATUS_TTL
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "site-0")
    monkeypatch.setattr(site_processes, "process_viewers", Viewers(watching=2))
    found = scrape(client)
    assert {key: value for key, value in found.items() if key[0] == "trendsite_viewers"} == {
        ("trendsite_viewers", "0"): 2,
        ("trendsite_viewers", "1"): 5,
    }


def test_whichever_process_answers_no_counter_goes_back(client, stage, settings, monkeypatch):
    settings.SITE_PROCESSES = 2
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "site-0")
    viewers = Viewers(frames_sent=10)
    monkeypatch.setattr(site_processes, "process_viewers", viewers)
    ProcessReporter().report()
    viewers.frames_sent = 12
    of_itself = scrape(client)["trendsite_frames_sent_total", "0"]
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "site-1")
    assert scrape(client)["trendsite_frames_sent_total", "0"] == of_itself == 10


def test_a_frame_counts_once_it_is_written_and_not_if_a_viewer_is_too_slow():
    class Writer:
        has_room = True

        def write(self, frames):
            return self.has_room

    writer, viewers = Writer(), Viewers()
    subscriber = Subscriber(EVERYTHING, writer, "::1", viewers)
    subscriber.send(("status", "ranking"))
    writer.has_room = False
    subscriber.send(("ranking",))
    assert viewers.frames_sent == 2


def test_a_disk_that_cannot_be_read_has_no_sample(client, monkeypatch):
    def fail():
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(health, "_free_and_total", fail)
    found = scrape(client)
    assert ("trendsite_disk_free_bytes",) not in found
    assert found["trendsite_up", "disk", ""] == 0
