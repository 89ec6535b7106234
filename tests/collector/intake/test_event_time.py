"""The stream's clock, its leaps, its days and its languages."""

from datetime import UTC, datetime, timedelta

from collector.intake.event_time import CONFIRMATIONS, RecordedClock
from contract.post import MAX_HASHTAGS
from tests.collector.made_up import NOON, post, steady

HOUR = timedelta(hours=1)
YEAR_2099 = (datetime(2099, 1, 1, tzinfo=UTC) - NOON).total_seconds()
YEAR_1970 = (datetime(1970, 1, 1, tzinfo=UTC) - NOON).total_seconds()


def running() -> RecordedClock:
    """A clock that stands at noon."""
    return RecordedClock(NOON, HOUR)


def test_a_new_stream_waits_for_its_first_posts_to_agree():
    clock = RecordedClock(None, HOUR)
    first = clock.admit(steady(CONFIRMATIONS - 1), None)
    assert (first.posts, clock.clock, clock.decided) == ([], None, 0)
    then = clock.admit(steady(1, start=30), None)
    assert len(then.posts) == CONFIRMATIONS
    assert clock.clock == NOON + timedelta(seconds=30)


def test_a_first_post_from_2099_or_1970_does_not_set_the_clock():
    clock = RecordedClock(None, HOUR)
    posts = [post(YEAR_2099), post(YEAR_1970), *steady(60)]
    admitted = clock.admit(posts, None)
    assert len(admitted.posts) == 60
    assert admitted.dropped == {"future": 1, "late": 1}
    assert clock.clock == NOON + timedelta(seconds=59)


def test_a_single_post_from_the_future_is_dropped_and_moves_nothing():
    clock = running()
    admitted = clock.admit([post(1), post(YEAR_2099), post(2)], None)
    assert [p.created_at.second for p in admitted.posts] == [1, 2]
    assert admitted.dropped == {"future": 1}


def test_a_leap_is_confirmed_by_many_posts_in_a_row_and_loses_none():
    clock = running()
    posts = steady(CONFIRMATIONS + 5, start=40 * 86_400)
    assert clock.admit(posts, None).posts == posts
    assert clock.decided == len(posts)


def test_a_held_post_that_a_normal_one_catches_up_with_is_admitted():
    clock = running()
    admitted = clock.admit([post(301), post(299)], None)
    assert len(admitted.posts) == 2


def test_a_sparse_file_is_replayed_completely():
    clock = running()
    posts = steady(500, start=3_600, step=4.5 * 3_600)
    admitted = clock.admit(posts, None).posts + clock.finish(None).posts
    assert admitted == posts


def test_decided_never_passes_a_held_post():
    clock = running()
    clock.admit([post(1), post(2), post(4_000), post(YEAR_1970)], None)
    assert clock.decided == 2


def test_at_the_end_a_lone_absurd_post_is_dropped_and_others_are_admitted():
    clock = running()
    clock.admit([post(1), post(7_200), post(9_000), post(YEAR_2099)], None)
    admitted = clock.finish(None)
    assert [p.created_at.hour for p in admitted.posts] == [14, 14]
    assert admitted.dropped == {"future": 1}
    assert clock.finish(None).posts == []


def test_the_only_post_of_a_file_is_admitted():
    clock = RecordedClock(None, HOUR)
    clock.admit([post(5)], None)
    assert len(clock.finish(None).posts) == 1


def test_a_day_closes_an_hour_after_its_end_by_the_streams_own_clock():
    clock = running()
    midnight = 12 * 3_600
    clock.admit(steady(CONFIRMATIONS, start=midnight + 3_500), None)
    assert clock.admit([post(0)], None).dropped == {}
    clock.admit([post(midnight + 3_600)], None)
    assert clock.open_from == NOON + timedelta(seconds=midnight)
    assert clock.admit([post(0), post(midnight)], None).dropped == {"late": 1}


def test_untracked_languages_are_dropped_but_move_the_clock():
    clock = running()
    admitted = clock.admit([post(10, lang="ja"), post(11, lang="en")], frozenset(["ja"]))
    assert [p.lang for p in admitted.posts] == ["ja"]
    assert admitted.dropped == {"untracked": 1}
    assert clock.clock == NOON + timedelta(seconds=11)


def test_hashtags_beyond_the_limit_are_dropped_and_counted():
    many = tuple(f"h{i}" for i in range(300))
    admitted = running().admit([post(1, hashtags=many)], None)
    assert admitted.posts[0].hashtags == list(many[:MAX_HASHTAGS]) == admitted.posts[0].spellings
    assert admitted.dropped == {"excess_hashtags": 300 - MAX_HASHTAGS}
