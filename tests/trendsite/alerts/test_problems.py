from datetime import UTC, datetime

from trendsite.alerts.problems import AWAY_PATIENCE_SECONDS, SITE_AWAY, STARTING_SECONDS, Problem, Tracker

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FAILED = Problem("archive", "failed", "archiving failed, 1 day waits: disk full", "Check ARCHIVE_URL.")
GONE = Problem("streaming", "away", "does not report")
NO_REDIS = Problem("redis", "away", "Redis is away")
CHECK = 5.0


def watched(*checks: tuple[int, list[Problem]], known: list[Problem] | None = None) -> list[tuple[int, str]]:
    """Each change, with the number of the check: ``+`` began, ``-`` ended. ``checks`` are (how many, problems)."""
    tracker = Tracker(known or [], 0.0)
    changes: list[tuple[int, str]] = []
    number = 0
    for times, problems in checks:
        for _ in range(times):
            for event in tracker.update(problems, NOON, number * CHECK):
                changes.append((number, f"{'-' if event.has_ended else '+'}{event.problem.part}"))
            number += 1
    return changes


def test_a_problem_is_one_event_when_it_begins_and_one_when_it_ends():
    changes = watched((1, []), (100, [FAILED]), (100, []))
    assert [change for _, change in changes] == ["+archive", "-archive"]
    began = changes[0][0] - 1
    assert began * CHECK < 30


def test_other_words_for_a_problem_are_no_other_problem():
    worse = Problem("archive", "failed", "archiving failed, 2 days wait: disk full")
    assert [change for _, change in watched((1, []), (50, [FAILED]), (50, [worse]), (50, []))] == [
        "+archive",
        "-archive",
    ]


def test_the_same_problem_of_two_networks_is_two_problems():
    of_x, of_bluesky = (Problem("collector", "blocked", "blocked", network=network) for network in ("x", "bluesky"))
    assert len(watched((1, []), (20, [of_x, of_bluesky]))) == 2


def test_what_is_started_again_in_time_is_no_problem():
    checks = int(AWAY_PATIENCE_SECONDS / CHECK)
    assert watched((1, []), (checks, [GONE]), (20, [])) == []
    assert [change for _, change in watched((1, []), (checks + 1, [GONE]))] == ["+streaming"]


def test_a_site_that_does_not_answer_is_a_problem_and_ends_no_other():
    changes = watched((1, []), (20, [FAILED]), (50, [SITE_AWAY]), (50, [FAILED]))
    assert [change for _, change in changes] == ["+archive", "+site", "-site"]


def test_without_redis_the_parts_that_report_through_it_are_unknown():
    changes = watched((1, []), (20, [FAILED]), (50, [NO_REDIS]), (50, []))
    assert [change for _, change in changes] == ["+archive", "+redis", "-archive", "-redis"]


def test_while_everything_starts_nothing_is_a_problem():
    starting = int(STARTING_SECONDS / CHECK)
    assert watched((starting, [SITE_AWAY]), (50, [])) == []
    assert [number for number, _ in watched((starting + 1, [SITE_AWAY]))] == [starting]


def test_a_problem_that_an_earlier_process_reported_is_not_reported_again():
    assert [change for _, change in watched((100, [FAILED]), (50, []), known=[FAILED])] == ["-archive"]


def test_a_problem_that_comes_and_goes_sends_fewer_and_fewer_events():
    hour = int(3_600 / CHECK / 20)
    changes = watched((1, []), *[(10, [FAILED]), (10, [])] * hour)
    assert 2 <= len(changes) <= 12


def test_a_problem_that_is_long_gone_begins_afresh():
    once = [(10, [FAILED]), (10, [])]
    quiet = (int(4_000 / CHECK), [])
    changes = watched((1, []), *once, quiet, *once)
    assert [change for _, change in changes] == ["+archive", "-archive"] * 2
    (began, _), (ended, _), (again, _), (ended_again, _) = changes
    assert ended - began == ended_again - again
