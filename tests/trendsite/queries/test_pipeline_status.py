"""The state of the pipeline: what runs, what the board shows of it, and the page's words for it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contract import redis_names
from contract.status import CollectorStatus, StreamingStatus
from tests.trendsite.stage import Stage
from trendsite.queries.board_status import board_status
from trendsite.queries.pipeline_status import (
    REDIS_AWAY,
    PipelineStatus,
    Shown,
    SourceDay,
    SourceStatus,
    read_pipeline_status,
)
from trendsite.queries.redis_client import open_redis

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHOWN = SourceDay("simulator", date(2026, 11, 22))
STREAMING = StreamingStatus("simulator", SHOWN.day, 0, 0, 1, 0.1, 0, NOW)


def collector(kind="simulator", state="connected", source="simulator", dropped=None, posts=1_000):
    dropped = dropped or {"late": 2}
    return CollectorStatus(source, kind, state, "detail", posts, 200, 5.0, 1.0, dropped, None, 0, 0, NOW)


def running(source="simulator", **parts):
    return PipelineStatus(redis=True, running=(SourceStatus(source, **parts),))


def network(source, day=SHOWN.day, **changes):
    """A running network whose posts flow, but for ``changes``."""
    parts = {"clock": NOW, "collector": collector(source, source=source), "streaming": STREAMING} | changes
    return SourceStatus(source, SourceDay(source, day) if day else None, **parts)


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (REDIS_AWAY, "Redis is away"),
        (PipelineStatus(redis=True), "collector does not report"),
        (running(), "collector does not report"),
        (running(collector=collector(state="blocked")), "blocked: detail"),
        (running(collector=collector()), "about 20 seconds"),
        (running(collector=collector(), streaming=STREAMING), "counting the first posts"),
        (running(shown=SHOWN, collector=collector(), streaming=STREAMING), "counting the first posts"),
        (running(collector=collector(state="ended", posts=0), streaming=STREAMING), "none of its posts"),
    ],
)
def test_a_missing_part_is_named(pipeline, words):
    assert words in board_status(pipeline, NOW).waiting_for


def test_nothing_is_missing_when_posts_flow_or_a_replay_has_ended():
    for state in ("connected", "ended"):
        pipeline = running(shown=SHOWN, clock=NOW, collector=collector(state=state), streaming=STREAMING)
        assert board_status(pipeline, NOW).waiting_for == ""


@pytest.mark.parametrize(
    ("kind", "source", "words"),
    [
        ("simulator", "simulator", "simulated posts"),
        ("replay", "replay-covid_2021-12-30-0123abcd", "replay of covid_2021-12-30"),
        ("replay", "replay-covid_2021-12-30-0123abcd-now", "replay of covid_2021-12-30, as if it were now"),
        ("x", "x", "X"),
    ],
)
def test_the_source_has_its_title(kind, source, words):
    assert board_status(running(source, collector=collector(kind, source=source)), NOW).source == words


def test_without_the_collector_its_numbers_are_unknown_rather_than_zero():
    status = board_status(running(shown=SHOWN), NOW)
    assert (status.source, status.posts_per_second, status.dropped) == ("simulated posts", None, None)


def test_hashtags_left_out_of_a_counted_post_are_not_dropped_posts():
    dropped = {"late": 2, "excess_hashtags": 236, "unusable_hashtag": 7, "not_a_post": 9}
    status = board_status(running(collector=collector(dropped=dropped)), NOW)
    assert (status.dropped, status.late) == (2, 2)
    assert status.dropped_by == {"late: of a day that is closed": 2}


@pytest.mark.parametrize(
    ("source", "kind", "is_timely"),
    [
        ("simulator", "simulated", True),
        ("x", "live", True),
        ("replay-a-now", "replay", True),
        ("replay-a", "replay", False),
    ],
)
def test_only_a_stream_of_the_present_is_timely(source, kind, is_timely):
    status = board_status(running(source, shown=SourceDay(source, SHOWN.day)), NOW)
    assert (status.kind, status.is_timely) == (kind, is_timely)


def test_tagged_posts_are_given_as_a_rate_and_a_share():
    status = board_status(running(collector=collector()), NOW)
    assert (status.tagged_per_second, status.tagged_share) == (1.0, 0.2)


def test_the_clock_of_the_counts_is_given_beside_the_sites_own():
    counted = NOW - timedelta(seconds=2)
    status = board_status(running(shown=SHOWN, clock=counted), NOW)
    assert (status.at, status.clock) == (NOW, counted)


def test_a_replay_that_has_ended_is_marked():
    assert board_status(running(collector=collector(state="ended")), NOW).has_ended


def test_the_numbers_of_several_networks_are_added_up_and_each_keeps_its_state():
    blocked = collector("mastodon", state="blocked", source="mastodon", posts=0)
    pipeline = PipelineStatus(redis=True, running=(network("bluesky"), network("mastodon", collector=blocked)))
    status = board_status(pipeline, NOW)
    assert (status.source, status.kind, status.waiting_for) == ("Bluesky, Mastodon", "live", "")
    assert (status.posts_per_second, status.tagged_share, status.late) == (10.0, 0.4, 4)
    assert [(one.name, one.state, one.waiting_for) for one in status.networks] == [
        ("bluesky", "connected", ""),
        ("mastodon", "blocked", "The collector is blocked: detail"),
    ]


def test_a_network_without_a_report_is_silent_and_the_others_flow():
    pipeline = PipelineStatus(redis=True, running=(network("bluesky", collector=None), network("mastodon")))
    status = board_status(pipeline, NOW)
    assert (status.networks[0].state, status.networks[0].posts_per_second) == ("silent", None)
    assert (status.waiting_for, status.posts_per_second) == ("", 5.0)


def test_a_board_of_several_networks_waits_only_if_all_that_are_chosen_wait():
    pipeline = PipelineStatus(redis=True, running=(network("bluesky", collector=None), network("mastodon")))
    assert board_status(pipeline, NOW, ["mastodon"]).waiting_for == ""
    assert "does not report" in board_status(pipeline, NOW, ["bluesky"]).waiting_for
    both = PipelineStatus(redis=True, running=(network("x", collector=None), network("mastodon", streaming=None)))
    words = board_status(both, NOW).waiting_for
    assert "X: The collector does not report" in words
    assert "Mastodon: Streaming does not report" in words


def test_what_all_networks_wait_for_is_said_once():
    both = PipelineStatus(redis=True, running=(network("x", clock=None), network("mastodon", clock=None)))
    assert board_status(both, NOW).waiting_for == "Streaming is counting the first posts."


def test_the_board_shows_the_newest_day_of_all_networks_or_of_those_that_are_chosen():
    yesterday = SHOWN.day - timedelta(days=1)
    pipeline = PipelineStatus(
        redis=True, running=(network("x", None), network("bluesky", yesterday), network("mastodon"))
    )
    assert pipeline.board
    assert (pipeline.board.sources, pipeline.board.day) == (("x", "bluesky", "mastodon"), SHOWN.day)
    assert pipeline.shown == SourceDay("mastodon", SHOWN.day)
    assert pipeline.board.chosen(["bluesky"]).day == yesterday
    assert pipeline.board.chosen(["x"]) == Shown(("x",), SHOWN.day)


def test_a_source_that_does_not_run_is_no_part_of_the_board():
    assert Shown(("x",), SHOWN.day).chosen(["bluesky"]) == Shown((), SHOWN.day)
    assert SHOWN.chosen(["bluesky"]).sources == ()
    assert SHOWN.chosen([]).sources == ("simulator",)


async def test_counts_of_another_source_than_those_that_run_are_not_shown(stage):
    stage.show()
    stage.client.set(redis_names.SOURCES, redis_names.encode_sources(["replay-other-0123abcd"]))
    async with open_redis() as redis:
        assert (await read_pipeline_status(redis)).shown is None
        stage.show()
        assert (await read_pipeline_status(redis)).shown == SourceDay(stage.source, stage.day)


async def test_each_running_source_is_read_with_its_own_day_clock_and_reports(stage):
    for name in ("bluesky", "mastodon"):
        of_network = Stage(stage.client, name, running=["mastodon", "bluesky"])
        of_network.show()
        of_network.report_collector(posts=len(name))
    async with open_redis() as redis:
        pipeline = await read_pipeline_status(redis)
    assert pipeline.sources == ("mastodon", "bluesky")
    assert [status.collector.posts for status in pipeline.running if status.collector] == [8, 7]
    assert pipeline.of("bluesky").shown == SourceDay("bluesky", stage.day)
    assert pipeline.of("x") is None
