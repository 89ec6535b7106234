"""/status/: the state of every part, for people."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.db import OperationalError
from django.test import Client

from contract.gap import Gap
from contract.version import VERSION
from tests.trendsite.stage import Stage
from trendsite.queries import health

pytestmark = pytest.mark.django_db(transaction=True)


def read(client: Client) -> str:
    answer = client.get("/status/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return " ".join(answer.content.decode().split())


def test_the_page_says_that_everything_works(client: Client, stage: Stage) -> None:
    stage.show()
    stage.report_all(datetime.now(UTC))
    page = read(client)
    assert "Everything works." in page
    assert page.count("OK </p>") == 6
    assert "Not OK" not in page
    assert "simulated posts" in page
    assert "Connection" not in page


def test_the_page_names_what_the_only_network_is_connected_to(client: Client, stage: Stage) -> None:
    now = datetime.now(UTC)
    stage.show(now)
    stage.report_all(now)
    stage.report_collector(now, kind="mastodon", detail="mastodon.example (only posts of its own accounts)")
    assert "<p> Connection: mastodon.example (only posts of its own accounts) </p>" in read(client)


def test_the_page_names_each_problem_since_when_and_what_to_do(client: Client, stage: Stage) -> None:
    now = datetime.now(UTC)
    stage.report_all(now)
    failed = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    stage.report_archive(
        now, last_error="S3 refused: <b>", waiting_days=2, failing_since=failed, last_success=failed - timedelta(days=2)
    )
    page = read(client)
    assert "One thing is wrong." in page
    assert "archiving failed, 2 days wait: S3 refused: &lt;b&gt;" in page
    assert 'Since <time datetime="2026-11-22T01:00:00+00:00">22 Nov 2026, 01:00 UTC</time>' in page
    assert "Check ARCHIVE_URL and the database" in page
    assert ">20 Nov 2026, 01:00 UTC</time>" in page
    assert ">2</dd>" in page


def test_while_redis_is_away_parts_that_report_through_it_are_unknown(client: Client) -> None:
    page = read(client)
    assert "One thing is wrong." in page
    assert page.count("Unknown while Redis is away") == 3
    assert "Redis is away" in page


def test_the_page_works_while_the_database_is_away_even_logged_in(
    admin_client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.report_all(datetime.now(UTC))

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(health, "_select_one", refuse)
    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", refuse)
    assert "away: OperationalError" in read(admin_client)


def test_the_board_links_to_the_page(client: Client, stage: Stage) -> None:
    page = client.get("/").content.decode()
    assert '<a href="/status/">Status of every part</a>' in page
    assert 'href="/readyz"' not in page


def test_each_page_says_its_version(client: Client, stage: Stage) -> None:
    for address in ("/", "/status/", "/days/", "/login/"):
        assert f"Trendsite {VERSION} </footer>" in " ".join(client.get(address).content.decode().split())


def run_two_networks(client: redis.Redis, now: datetime) -> tuple[Stage, Stage]:
    """Let two networks run well."""
    names = ("bluesky", "mastodon")
    bluesky, mastodon = (Stage(client, name, now.date(), names) for name in names)
    for stage in (bluesky, mastodon):
        stage.show(now)
        stage.report_all(now)
    return bluesky, mastodon


def test_each_of_several_networks_has_a_block(client: Client, stage: Stage) -> None:
    now = datetime.now(UTC)
    _, mastodon = run_two_networks(stage.client, now)
    lost = Gap(now.replace(hour=0, minute=0), now.replace(hour=0, minute=9), "the cursor was too old", 2)
    servers = "1 of 2 servers: one.example; two.example closed the stream; next try in 5 s"
    mastodon.report_collector(
        now,
        kind="mastodon",
        detail=servers,
        posts_per_second=3.0,
        dropped={"late": 4_000, "not_a_post": 9},
        gaps=[lost],
    )
    page = read(client)
    assert "Everything works." in page
    blocks = re.findall(r"<h3>(\w+)</h3>(.*?)</li>", page)
    assert [title for title, _ in blocks] == ["Bluesky", "Mastodon"]
    assert "<dt>Posts per second</dt><dd>250</dd>" in blocks[0][1]
    assert "Known gaps</dt> <dd> none </dd>" in blocks[0][1]
    assert "<dd>4,000 <small>4,000 late</small></dd>" in blocks[1][1]
    assert "00:09" in blocks[1][1]
    assert f"<dt>Connection</dt><dd>{servers}</dd>" in blocks[1][1]
    assert "the cursor was too old, 2 times" in blocks[1][1]


def test_one_network_that_is_away_is_named_and_leaves_the_other_well(client: Client, stage: Stage) -> None:
    now = datetime.now(UTC)
    _, mastodon = run_two_networks(stage.client, now)
    since = now - timedelta(hours=1)
    mastodon.report_collector(now, state="connecting", detail="mastodon.example refuses", since=since)
    page = read(client)
    assert "One thing is wrong." in page
    assert page.count("Mastodon: not connected: mastodon.example refuses") == 1
    assert re.search(r'class="card part ok">\s*<h3>Bluesky', page)
    assert re.search(r'class="card part wrong">\s*<h3>Mastodon', page)
    assert "See Mastodon above." in page


def test_the_only_source_shows_the_gaps_that_it_knows(client: Client, stage: Stage) -> None:
    now = datetime.now(UTC)
    stage.show(now)
    stage.report_all(now)
    stage.report_collector(now, gaps=[Gap(now, now, "the connection was lost")])
    page = read(client)
    assert "Posts are missing:" in page
    assert "the connection was lost" in page
    assert "<h3>" not in page


def test_two_problems_of_a_network_name_their_parts_and_waiting_posts_add_up(client: Client, stage: Stage) -> None:
    now = datetime.now(UTC)
    bluesky, mastodon = run_two_networks(stage.client, now)
    bluesky.report_streaming(now, behind_bytes=1_024)
    mastodon.report_streaming(now, behind_bytes=2_048)
    assert "<dt>Posts waiting</dt><dd>3.0 KB</dd>" in read(client)
    long_ago = now - timedelta(minutes=1)
    mastodon.report_collector(long_ago, kind="mastodon")
    mastodon.report_streaming(long_ago)
    page = read(client)
    assert "Mastodon: its collector reports no more" in page
    assert "Mastodon: its counting reports no more" in page
