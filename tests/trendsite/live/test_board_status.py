"""The page's words for the state of the pipeline."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contract.status import CollectorStatus, StreamingStatus
from trendsite.live.board_status import board_status
from trendsite.live.pipeline import AWAY, Pipeline, Shown

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHOWN = Shown("simulator", date(2026, 11, 22))
STREAMING = StreamingStatus("simulator", SHOWN.day, 0, 0, 1, 0.1, 0, NOW)


def collector(kind="simulator", state="connected", source="simulator", dropped=None):
    dropped = dropped or {"late": 2}
    return CollectorStatus(source, kind, state, "detail", 1_000, 200, 5.0, 1.0, dropped, None, 0, 0, NOW)


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (AWAY, "Redis is away"),
        (Pipeline(redis=True), "collector does not report"),
        (Pipeline(redis=True, collector=collector(state="blocked")), "blocked: detail"),
        (Pipeline(redis=True, collector=collector()), "about 20 seconds"),
        (Pipeline(redis=True, collector=collector(), streaming=STREAMING), "counting the first posts"),
    ],
)
def test_what_is_missing_is_said(pipeline, words):
    assert words in board_status(pipeline, NOW).waiting_for


def test_nothing_is_missing_when_posts_flow_or_a_replay_has_ended():
    for state in ("connected", "ended"):
        pipeline = Pipeline(redis=True, shown=SHOWN, collector=collector(state=state), streaming=STREAMING)
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
def test_the_source_is_named_plainly(kind, source, words):
    assert board_status(Pipeline(redis=True, collector=collector(kind, source=source)), NOW).source == words


def test_without_the_collector_its_numbers_are_unknown_rather_than_zero():
    status = board_status(Pipeline(redis=True, shown=SHOWN), NOW)
    assert (status.source, status.posts_per_second, status.dropped) == ("simulated posts", None, None)


def test_hashtags_left_out_of_a_counted_post_are_not_dropped_posts():
    status = board_status(Pipeline(redis=True, collector=collector(dropped={"late": 2, "excess_hashtags": 236})), NOW)
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
def test_only_a_stream_of_our_own_time_can_be_compared_with_the_clock_on_the_wall(source, kind, is_timely):
    status = board_status(Pipeline(redis=True, shown=Shown(source, SHOWN.day)), NOW)
    assert (status.kind, status.is_timely) == (kind, is_timely)


def test_tagged_posts_are_told_as_a_rate_and_as_a_share_of_all():
    status = board_status(Pipeline(redis=True, collector=collector()), NOW)
    assert (status.tagged_per_second, status.tagged_share) == (1.0, 0.2)


def test_the_clock_of_what_is_counted_is_told_beside_the_site_s_own():
    counted = NOW - timedelta(seconds=2)
    status = board_status(Pipeline(redis=True, shown=SHOWN, clock=counted), NOW)
    assert (status.at, status.clock) == (NOW, counted)


def test_a_replay_that_has_ended_is_told_so():
    assert board_status(Pipeline(redis=True, collector=collector(state="ended")), NOW).has_ended
