"""What a source is called, what it is, and how its rankings are headed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from trendsite.sources import at_clock, headline, source_named, sources_named

DAY = date(2021, 12, 30)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "title", "kind", "label", "is_timely"),
    [
        ("simulator", "simulated posts", "simulated", "Simulated", True),
        ("x", "X", "live", "", True),
        ("replay-covid_2021-12-30-0123abcd", "replay of covid_2021-12-30", "replay", "Replay", False),
        ("replay-covid-0123abcd-now", "replay of covid, as if it were now", "replay", "Replayed as if now", True),
        ("replay-3-files-0123abcd", "replay of 3 recordings", "replay", "Replay", False),
        ("elections", "replay of elections", "replay", "Replay", False),
    ],
)
def test_a_name_has_a_title_and_a_kind(name, title, kind, label, is_timely):
    source = source_named(name)
    assert (source.title, source.kind, source.label, source.is_timely) == (title, kind, label, is_timely)


def test_only_recordings_of_one_file_name_show_their_fingerprints():
    named = sources_named(["replay-day-0123abcd", "simulator", "replay-day-89ab4567", "replay-night-0123abcd"])
    assert [source.title for source in named] == [
        "replay of day (0123abcd)",
        "replay of day (89ab4567)",
        "replay of night",
        "simulated posts",
    ]


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("day", "Top hashtags on 30 December 2021"),
        ("hour", "Top hashtags of the latest hour on 30 December 2021"),
        ("rising", "Rising hashtags on 30 December 2021"),
    ],
)
def test_the_headline_of_a_recording_with_its_own_times_has_its_date(window, words):
    assert headline(window, source_named("replay-covid-0123abcd"), DAY) == words
    assert headline("day", source_named("replay-covid-0123abcd-now"), DAY) == "Top hashtags today"
    assert headline("day", source_named("replay-covid-0123abcd"), None) == "Top hashtags"


@pytest.mark.parametrize(
    ("clock", "has_ended", "is_timely"),
    [
        (NOW, False, True),
        (NOW + timedelta(minutes=4), False, True),
        (NOW + timedelta(hours=2), False, False),
        (NOW + timedelta(days=1), True, False),
        (NOW - timedelta(days=3), True, False),
        (NOW - timedelta(hours=3), True, True),
        (None, False, True),
    ],
)
def test_a_replay_as_if_now_is_timely_only_while_its_clock_fits(clock, has_ended, is_timely):
    replayed, live = source_named("replay-covid-0123abcd-now"), source_named("x")
    assert at_clock(replayed, clock, NOW, has_ended=has_ended).is_timely is is_timely
    assert at_clock(live, clock, NOW, has_ended=has_ended) is live


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("bluesky", "invented Bluesky posts"),
        ("bluesky,x", "invented Bluesky posts and invented X posts"),
    ],
)
def test_in_a_demo_the_networks_are_marked_as_such_and_their_posts_as_simulated(monkeypatch, name, title):
    monkeypatch.setattr("trendsite.sources._IS_DEMO", True)
    source = source_named(name)
    assert (source.title, source.kind, source.label) == (title, "simulated", "Demo")
