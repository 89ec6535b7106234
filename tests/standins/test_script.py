"""The shared parts of the stand-ins."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.standins.script import (
    HASHTAGS,
    Close,
    Hang,
    Meanwhile,
    Record,
    Script,
    ScriptError,
    Send,
    cut_in_character,
    supply,
    too_many,
    unavailable,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_a_step_is_taken_only_by_who_can_do_it():
    script = Script([unavailable(), Send(3), Close()])
    assert script.next(Send, Close) is None
    assert script.next() == unavailable()
    assert script.next(Send, Close) == Send(3)
    assert not script.finished.is_set()
    assert script.next(Hang, Close) == Close()
    assert script.next(Meanwhile) is None
    assert script.finished.is_set()


def test_what_happened_was_sent_unless_it_was_withheld():
    record = Record(supply(NOON, timedelta(seconds=2)))
    record.happen(2)
    record.happen(1, withheld=True)
    assert [post.number for post in record.happen(2)] == [3, 4]
    assert [post.number for post in record.sent] == [0, 1, 3, 4]
    assert record.sent[-1].moment == NOON + timedelta(seconds=8)


def test_a_supply_makes_the_same_posts_again():
    one, other = supply(NOON, timedelta(0)), supply(NOON, timedelta(0))
    assert [one(number) for number in range(50)] == [other(number) for number in range(50)]
    assert {len(one(number).hashtags) for number in range(50)} == {0, 1, 2}


def test_a_cut_is_inside_a_character():
    with pytest.raises(UnicodeDecodeError):
        cut_in_character("a Zürich".encode()).decode()
    assert [cut_in_character(tag.encode()) for tag in HASHTAGS if not tag.isascii()]
    with pytest.raises(ScriptError):
        cut_in_character(b"Tea")


def test_too_many_requests_name_the_reset_in_the_form_of_each_network():
    headers = dict(too_many(NOON).headers)
    assert headers["Retry-After"] == "Wed, 04 Mar 2026 12:00:00 GMT"
    assert headers["x-rate-limit-reset"] == str(int(NOON.timestamp()))
    assert headers["X-RateLimit-Reset"] == "2026-03-04T12:00:00Z"
    assert too_many().headers == ()
