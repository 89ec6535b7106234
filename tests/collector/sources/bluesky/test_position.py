"""Where a stream stands, over connections, servers and restarts."""

from datetime import UTC, datetime, timedelta

from collector.sources.bluesky.position import NONE_SENT, NOT_RESENT, TOO_OLD, Position
from contract.gap import Gap

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ONE, OTHER = "wss://one.example", "wss://other.example"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def read(position: Position, moments: range, gaps: list[Gap] | None = None) -> list[bool]:
    """Take an event each second, and mark it with its number."""
    taken = []
    for second in moments:
        taken.append(position.take(after(second), after(second), [] if gaps is None else gaps))
        position.mark(second)
    return taken


def begun(version: int = 2) -> Position:
    position = Position(None)
    position.begin(ONE, version, by_time=False, is_too_old=False)
    read(position, range(100))
    return position


def test_a_new_stream_has_no_cursor_and_asks_for_none():
    assert Position(None).cursor is None
    assert Position(None).query(ONE, 2, by_time=False) is None


def test_the_same_server_is_asked_for_a_sequence_number_of_some_seconds_ago():
    position = begun()
    assert position.cursor == {"version": 2, "host": ONE, "seq": 94, "time_us": microseconds(after(99))}
    assert position.query(ONE, 2, by_time=False) == 94
    assert Position(position.cursor).query(ONE, 2, by_time=False) == 94


def test_version_1_is_asked_for_a_time_of_some_seconds_ago():
    assert begun(version=1).query(ONE, 1, by_time=False) == microseconds(after(94))


def test_another_server_or_version_is_asked_for_a_time_of_a_minute_ago():
    position = begun()
    for host, version in ((OTHER, 2), (OTHER, 1), (ONE, 1)):
        assert position.query(host, version, by_time=False) == microseconds(after(39))
    assert position.query(ONE, 2, by_time=True) == microseconds(after(94))


def test_a_first_event_with_an_old_time_is_not_where_the_stream_stands():
    position, gaps = Position(None), []
    position.begin(ONE, 2, by_time=False, is_too_old=False)
    assert position.take(datetime(1970, 1, 1, tzinfo=UTC), NOON, gaps)
    position.mark(1)
    assert position.cursor is None
    read(position, range(10), gaps)
    assert (position.latest, gaps) == (after(9), [])


def test_repeats_are_no_gap_and_do_not_move_the_cursor():
    position, gaps = begun(), []
    position.begin(ONE, 2, by_time=False, is_too_old=False)
    read(position, range(94, 99), gaps)
    assert position.cursor["seq"] == 94
    read(position, range(99, 110), gaps)
    assert (position.cursor["seq"], gaps) == (104, [])


def test_a_stream_that_resumes_later_has_a_gap():
    for is_too_old, reason in ((False, NOT_RESENT), (True, TOO_OLD)):
        position, gaps = begun(), []
        position.begin(OTHER, 2, by_time=True, is_too_old=is_too_old)
        read(position, range(130, 140), gaps)
        assert gaps == [Gap(after(99), after(130), reason)]


def test_a_hole_in_an_open_stream_is_a_gap():
    position, gaps = begun(), []
    read(position, range(200, 202), gaps)
    assert gaps == [Gap(after(99), after(200), NONE_SENT)]


def test_a_sequence_number_of_another_instance_is_noticed():
    position = begun()
    position.begin(ONE, 2, by_time=False, is_too_old=False)
    assert [position.is_elsewhere(after(second)) for second in (-100, 94, 99, 102)] == [True, False, False, True]
    position.begin(ONE, 2, by_time=True, is_too_old=False)
    assert not position.is_elsewhere(after(500))


def test_what_was_certainly_seen_is_not_taken():
    position = begun()
    position.begin(OTHER, 1, by_time=False, is_too_old=False)
    assert read(position, range(-40, -10, 10)) == [False, False, True]


def test_a_time_far_ahead_moves_nothing():
    position, gaps = begun(), []
    assert position.take(after(9_999), after(100), gaps)
    assert position.latest == after(99)
    assert gaps == []


def test_a_cursor_of_another_shape_is_none():
    for cursor in ({}, {"time_us": "soon"}, {"version": 2, "host": ONE, "seq": "x", "time_us": None}):
        assert Position(cursor).query(ONE, 2, by_time=False) is None
