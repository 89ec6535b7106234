"""The clock of a live stream: posts with wrong times, and a machine whose clock is wrong or set back."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from collector.intake.event_time import QUIET_SECONDS, LiveClock
from contract.post import MAX_AHEAD, Post
from tests.collector.made_up import NOON, post, steady

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MIDNIGHT = NOON + timedelta(hours=12)
BEGIN_ANEW = "mv spool aside"


class Machine:
    """A machine that runs a live stream. Its clock can be set; its monotonic clock goes on."""

    def __init__(self, now: datetime = NOON, clock: datetime | None = None, day_grace: timedelta = HOUR) -> None:
        self.now = now
        self.latest = max(now, clock or now)
        self.steady = 0.0
        self.clock = LiveClock(clock, day_grace, self.steady)
        self.admitted = 0
        self.dropped: Counter[str] = Counter()

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.steady += seconds

    def gets(self, *posts: Post) -> None:
        decided = self.clock.admit(list(posts), None, self.now, self.steady)
        self.admitted += len(decided.posts)
        self.dropped += decided.dropped
        self.latest = max(self.latest, self.now)
        assert self.clock.clock is not None
        assert self.clock.clock <= self.latest + MAX_AHEAD

    @property
    def problem(self) -> str:
        return self.clock.clock_problem(self.now, self.steady, BEGIN_ANEW)


def at(moment: datetime) -> Post:
    return post((moment - NOON).total_seconds())


@pytest.mark.parametrize("count", [1, 19, 20, 500])
@pytest.mark.parametrize("year", [2038, 2099, 2199])
def test_posts_of_a_far_year_are_dropped_at_once_even_if_many_agree(count: int, year: int):
    machine = Machine()
    machine.gets(at(NOON))
    machine.gets(*(at(datetime(year, 1, 19, tzinfo=UTC) + timedelta(seconds=i)) for i in range(count)))
    machine.gets(at(NOON))
    assert (machine.admitted, machine.dropped) == (2, {"future": count})
    assert machine.clock.clock == NOON
    assert machine.clock.open_from.date() == NOON.date()
    assert machine.problem == ""


def test_mixed_times_are_decided_post_by_post():
    machine = Machine()
    right = [NOON - timedelta(minutes=i) for i in range(50)]
    wrong = [NOON + timedelta(minutes=6), NOON + DAY, NOON + 400 * DAY]
    old = [NOON - DAY, datetime(1970, 1, 1, tzinfo=UTC)]
    machine.gets(*(at(moment) for moment in [*wrong, *right[:20], *old, *right[20:], *wrong]))
    assert (machine.admitted, machine.dropped) == (50, {"future": 6, "late": 2})


def test_posts_that_are_each_five_minutes_ahead_of_the_last_do_not_walk_the_clock_forward():
    machine = Machine()
    ahead = NOON
    for _ in range(300):
        ahead += timedelta(minutes=5)
        machine.gets(at(ahead))
        machine.gets(at(machine.now))
        machine.passes(0.1)
    assert (machine.admitted, machine.dropped) == (301, {"future": 299})
    assert machine.clock.open_from.date() == NOON.date()


@pytest.mark.parametrize("year", [1970, 2001, 2025])
def test_a_first_post_of_long_ago_is_late_and_begins_no_stream(year: int):
    machine = Machine()
    machine.gets(at(datetime(year, 1, 1, tzinfo=UTC)))
    assert (machine.admitted, machine.dropped) == (0, {"late": 1})
    assert machine.clock.open_from.date() == NOON.date()
    machine.gets(at(NOON - timedelta(hours=11)))
    assert machine.admitted == 1


def test_a_stream_that_begins_within_the_grace_admits_the_day_before():
    machine = Machine(MIDNIGHT + timedelta(minutes=30))
    machine.gets(at(MIDNIGHT - timedelta(minutes=5)), at(MIDNIGHT - timedelta(days=1, minutes=5)))
    assert (machine.admitted, machine.dropped) == (1, {"late": 1})


def test_the_first_day_of_a_stream_survives_a_restart():
    first = Machine()
    first.gets()
    again = Machine(NOON + timedelta(minutes=1), first.clock.clock)
    again.gets(at(NOON - DAY))
    assert again.dropped == {"late": 1}


def test_a_post_that_is_ahead_of_midnight_does_not_close_the_day_before_it():
    machine = Machine(MIDNIGHT - timedelta(minutes=4), NOON, timedelta(0))
    machine.gets(at(MIDNIGHT + timedelta(seconds=30)), at(machine.now))
    machine.passes(239)
    machine.gets(at(machine.now))
    assert (machine.admitted, machine.dropped) == (3, {})
    machine.passes(60)
    machine.gets(at(machine.now), at(MIDNIGHT - timedelta(seconds=1)))
    assert (machine.admitted, machine.dropped) == (4, {"late": 1})


def test_posts_close_a_day_in_its_grace():
    machine = Machine(MIDNIGHT + HOUR - timedelta(seconds=1), NOON)
    machine.gets(at(machine.now), at(MIDNIGHT - timedelta(seconds=1)))
    machine.passes(1)
    machine.gets(at(machine.now), at(MIDNIGHT - timedelta(seconds=1)), at(MIDNIGHT))
    assert (machine.admitted, machine.dropped) == (4, {"late": 1})


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(minutes=1), HOUR])
def test_a_quiet_stream_closes_its_day_by_the_machines_time(grace: timedelta):
    machine = Machine(MIDNIGHT - timedelta(minutes=10), NOON, grace)
    machine.gets(at(machine.now))
    machine.passes(600 + grace.total_seconds() - 1)
    machine.gets()
    assert machine.clock.open_from.date() == NOON.date()
    machine.passes(1)
    machine.gets()
    assert machine.clock.open_from == MIDNIGHT
    assert machine.clock.clock == MIDNIGHT + grace
    machine.gets(at(MIDNIGHT - timedelta(seconds=1)))
    assert machine.dropped == {"late": 1}
    assert machine.problem == ""


def test_a_day_with_posts_still_arriving_is_not_closed():
    machine = Machine(MIDNIGHT + HOUR - timedelta(seconds=60), NOON)
    for _ in range(60):
        machine.gets(at(machine.now - 2 * HOUR))
        machine.passes(1)
        machine.gets()
        machine.passes(1)
    assert (machine.admitted, machine.dropped) == (60, {})
    machine.passes(QUIET_SECONDS)
    machine.gets()
    assert machine.clock.open_from == MIDNIGHT


def test_a_restart_on_another_day_closes_all_before_it():
    machine = Machine(NOON + 3 * DAY, NOON)
    machine.gets()
    assert machine.clock.open_from.date() == NOON.date()
    machine.passes(QUIET_SECONDS)
    machine.gets()
    assert machine.clock.open_from.date() == NOON.date() + 3 * DAY


def test_posts_delivered_after_an_outage_over_midnight_count_in_their_day():
    machine = Machine(MIDNIGHT + 2 * HOUR, NOON)
    for moment in (NOON + i * timedelta(minutes=10) for i in range(72)):
        machine.gets(at(moment))
        machine.passes(1)
    assert (machine.admitted, machine.dropped) == (72, {})
    machine.gets(at(machine.now), at(NOON))
    assert machine.dropped == {"late": 1}
    assert machine.problem == ""


def test_a_hidden_suspension_of_days_closes_them_and_goes_on():
    machine = Machine()
    machine.gets(at(NOON))
    machine.now += 3 * DAY
    machine.gets(at(machine.now), at(NOON))
    assert (machine.admitted, machine.dropped) == (2, {"late": 1})


def test_a_machine_set_back_reopens_no_day_and_loses_no_post_of_the_open_one():
    machine = Machine(MIDNIGHT + 2 * HOUR, MIDNIGHT + 2 * HOUR)
    machine.now -= 26 * HOUR
    machine.gets(at(machine.now))
    assert machine.dropped == {"late": 1}
    assert machine.clock.clock == MIDNIGHT + 2 * HOUR
    assert "differs from this machine's by 1 d 2 h" in machine.problem
    assert "timedatectl" in machine.problem
    assert BEGIN_ANEW in machine.problem
    machine.now += 26 * HOUR
    machine.gets(at(machine.now))
    assert machine.admitted == 1
    assert machine.problem == ""


def test_a_machine_set_back_within_its_day_reports_until_when_the_stream_is_ahead():
    machine = Machine(NOON, NOON)
    machine.now -= 2 * HOUR
    machine.gets(at(machine.now))
    assert (machine.admitted, machine.dropped) == (1, {})
    assert "differs from this machine's by 2 h 0 min" in machine.problem
    assert "if the stream's is, it is right again at 12:00 UTC" in machine.problem


def test_a_small_step_back_is_no_problem():
    machine = Machine()
    machine.gets(at(NOON))
    machine.now -= timedelta(minutes=2)
    machine.gets(at(NOON))
    assert (machine.admitted, machine.problem) == (2, "")


@pytest.mark.parametrize(("hours", "dated", "fate"), [(-3, "ahead", "future"), (30, "behind", "")])
def test_a_wrong_machine_clock_is_reported_and_closes_no_day_with_posts_arriving(hours: int, dated: str, fate: str):
    machine = Machine(NOON)
    machine.gets(*steady(20, start=-20))
    machine.now += timedelta(hours=hours)
    for _ in range(100):
        machine.passes(1)
        machine.gets(at(machine.now - timedelta(hours=hours)))
    assert set(machine.dropped) == {fate} - {""}
    assert machine.clock.open_from.date() == NOON.date()
    if hours < 0:
        # The first sign is the stream's clock itself: it cannot go back.
        assert "differs from this machine's by" in machine.problem
    else:
        assert "differs from this machine's by 1 d 6 h" in machine.problem
        assert f"posts are dated {dated}" in machine.problem
    machine.now -= timedelta(hours=hours)
    for _ in range(20):
        machine.passes(1)
        machine.gets(at(machine.now))
    assert machine.problem == ""


def test_a_machine_that_starts_behind_the_posts_reports_a_clock_problem():
    machine = Machine(NOON - 3 * HOUR)
    for _ in range(70):
        machine.passes(1)
        machine.gets(at(machine.now + 3 * HOUR))
    assert machine.dropped == {"future": 70}
    assert "differs from this machine's by 3 h 0 min: its posts are dated ahead" in machine.problem


def test_before_the_first_look_there_is_no_problem():
    assert Machine().problem == ""


def test_a_quiet_stream_is_no_clock_problem():
    machine = Machine()
    machine.gets(*steady(20, start=-20))
    for _ in range(20):
        machine.passes(3_000)
        machine.gets()
        assert machine.problem == ""


def test_absurd_times_among_right_ones_are_no_clock_problem():
    machine = Machine()
    for i in range(300):
        machine.passes(1)
        machine.gets(at(datetime(2038, 1, 19, tzinfo=UTC) + timedelta(seconds=i)), at(machine.now), at(machine.now))
    assert machine.problem == ""


def test_many_posts_at_once_are_decided_as_one_by_one():
    moments = [NOON - timedelta(seconds=i % 7) for i in range(200)]
    moments[50] = NOON + DAY
    moments[60] = NOON - DAY
    at_once, one_by_one = Machine(), Machine()
    at_once.gets(*(at(moment) for moment in moments))
    for moment in moments:
        one_by_one.gets(at(moment))
    assert (at_once.admitted, at_once.dropped) == (one_by_one.admitted, one_by_one.dropped)


def test_untracked_languages_are_dropped_but_move_the_clock():
    clock = LiveClock(NOON, HOUR, 0.0)
    admitted = clock.admit([post(10, lang="ja"), post(11, lang="en")], frozenset(["ja"]), NOON, 0.0)
    assert [p.lang for p in admitted.posts] == ["ja"]
    assert admitted.dropped == {"untracked": 1}
    assert clock.clock == NOON + timedelta(seconds=11)
