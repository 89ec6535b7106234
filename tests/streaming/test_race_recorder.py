from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import redis

from contract import redis_names
from contract.race import PLACES, Frame, FramePlace, append_frames, latest_frames, race_file, read_frames
from streaming.race_recorder import RaceRecorder
from streaming.rankings import RankingSink
from streaming.redis_view import RedisView
from tests.streaming.made_up_counts import DAY, NEXT, NOON, Batch, tag, total

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Query:
    """A query of a day that writes batches, each with a number of its own."""

    def __init__(self, client: redis.Redis, data_dir: Path, query: date = DAY, state: tuple = ()) -> None:
        view = RedisView(client, "test")
        self.recorder = RaceRecorder(view, data_dir, "test")
        read_state = lambda batch: Batch(*state).toArrow()  # noqa: E731 - the shape of a parameter
        self._sink = RankingSink(view, query, read_state, lambda: NOON, self.recorder.record)
        self._batch = -1

    def write(self, *rows: tuple) -> None:
        self._batch += 1
        self._sink.write_batch(Batch(*rows), self._batch)

    def write_again(self, *rows: tuple) -> None:
        self._sink.write_batch(Batch(*rows), self._batch)


@pytest.fixture
def query(redis_client: redis.Redis, tmp_path: Path) -> Query:
    return Query(redis_client, tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return race_file(tmp_path, "test", DAY)


def told(path: Path, language: str | None = None) -> list[tuple[datetime, str, int]]:
    return [(frame.at, frame.language, frame.posts) for frame in read_frames(path, language)]


def test_a_frame_tells_how_a_language_stands(query, path):
    query.write(total(9), *tag("tea", 3, spelling="Tea"), *tag("cafe", 5), total(4, language="en"))
    assert read_frames(path) == [
        Frame(NOON, "*", 9, [FramePlace("cafe", "cafe", 5), FramePlace("tea", "Tea", 3)]),
        Frame(NOON, "en", 4, []),
    ]


def test_a_frame_is_recorded_when_the_clock_passes_five_minutes_and_not_sooner(query, path):
    moments = [NOON + after for after in (0 * MINUTE, 2 * MINUTE, 5 * MINUTE - SECOND, 5 * MINUTE, 8 * MINUTE, MINUTE)]
    for posts, at in enumerate([*moments, NOON + 21 * MINUTE + 0.4 * SECOND], start=1):
        query.write(total(posts, at))
    assert told(path) == [(NOON, "*", 1), (NOON + 5 * MINUTE, "*", 4), (NOON + 21 * MINUTE, "*", 7)]


def test_only_languages_with_new_posts_get_a_frame(query, path):
    query.write(total(2), total(1, language="en"), total(1, language="de"))
    later = NOON + 5 * MINUTE
    query.write(total(3, later), total(2, later, language="en"))
    assert told(path)[3:] == [(later, "*", 3), (later, "en", 2)]


def test_a_language_that_changed_between_two_frames_is_in_the_next(query, path):
    query.write(total(1), total(1, language="en"))
    query.write(total(2, NOON + MINUTE), total(2, NOON + MINUTE, language="en"))
    query.write(total(3, NOON + 5 * MINUTE))
    assert told(path, "en") == [(NOON, "en", 1), (NOON + 5 * MINUTE, "en", 2)]


def test_fifty_places_are_recorded_equal_ones_by_key(query, path):
    rows = [row for number in reversed(range(80)) for row in tag(f"tag{number:02}", 1)]
    query.write(total(90), *rows, *tag("zebra", 2))
    (frame,) = read_frames(path)
    assert [place.key for place in frame.top] == ["zebra", *(f"tag{number:02}" for number in range(PLACES - 1))]


def test_a_retried_batch_changes_nothing_for_a_reader(redis_client, tmp_path, query, path):
    query.write(total(2))
    batch = total(5, NOON + 5 * MINUTE), total(1, NOON + 5 * MINUTE, language="en")
    query.write(*batch)
    before = path.read_bytes()
    query.write_again(*batch)
    assert path.read_bytes() == before
    Query(redis_client, tmp_path).recorder.record([DAY], RedisView(redis_client, "test").shown())
    assert path.read_bytes() == before


def test_a_restart_goes_on_where_the_file_ends(redis_client, tmp_path, query, path):
    query.write(total(2))
    restarted = Query(redis_client, tmp_path)
    restarted.write(total(3, NOON + 4 * MINUTE))
    restarted.write(total(4, NOON + 6 * MINUTE))
    assert told(path) == [(NOON, "*", 2), (NOON + 6 * MINUTE, "*", 4)]


def test_what_a_torn_write_lacks_comes_after_the_restart(redis_client, tmp_path, query, path):
    query.write(total(2), total(1, language="en"))
    path.write_bytes(path.read_bytes()[:-9])
    later = NOON + MINUTE
    Query(redis_client, tmp_path).write(total(3, later))
    assert told(path) == [(NOON, "*", 2), (later, "en", 1)]


def test_the_next_days_query_that_catches_up_records_nothing_that_steps_back(redis_client, tmp_path, query, path):
    query.write(total(90), *tag("tea", 40))
    query.write(total(7, MIDNIGHT), *tag("milk", 4, NEXT))
    following = Query(redis_client, tmp_path, query=NEXT)
    following.write(total(1, MIDNIGHT), *tag("milk", 1, NEXT))
    following.write(total(9, MIDNIGHT + 5 * MINUTE), *tag("milk", 6, NEXT))
    frames = read_frames(race_file(tmp_path, "test", NEXT))
    assert [(frame.at, frame.posts, frame.top[0].posts) for frame in frames] == [
        (MIDNIGHT, 7, 4),
        (MIDNIGHT + 5 * MINUTE, 9, 6),
    ]


def test_a_query_that_begins_again_with_an_empty_redis_records_nothing_that_steps_back(
    redis_client, tmp_path, query, path
):
    for posts, minute in ((10, 0), (20, 5), (30, 10)):
        query.write(total(posts, NOON + minute * MINUTE))
    before = path.read_bytes()
    redis_client.flushall()
    again = Query(redis_client, tmp_path)
    for posts, minute in ((1, 0), (15, 6), (29, 10), (30, 10)):
        again.write(total(posts, NOON + minute * MINUTE))
    assert path.read_bytes() == before
    again.write(total(33, NOON + 15 * MINUTE))
    assert told(path)[-1] == (NOON + 15 * MINUTE, "*", 33)


def test_what_is_counted_of_a_day_after_its_end_belongs_to_its_last_moment(query, path, tmp_path):
    last = MIDNIGHT - SECOND
    query.write(total(8, last - 3 * MINUTE))
    for posts, minute in ((9, 1), (10, 2), (11, 6)):
        query.write(total(posts, last), total(posts, MIDNIGHT + minute * MINUTE))
    assert told(path) == [(last - 3 * MINUTE, "*", 8), (last, "*", 11)]
    assert [at for at, _, _ in told(race_file(tmp_path, "test", NEXT))] == [
        MIDNIGHT + MINUTE,
        MIDNIGHT + 6 * MINUTE,
    ]


def test_a_disk_that_fails_fails_no_batch_and_is_counted(query, path, redis_client):
    path.parent.parent.mkdir()
    path.parent.write_text("where the folder should be")
    for posts, minute in ((1, 0), (2, 1), (3, 5)):
        query.write(total(posts, NOON + minute * MINUTE))
    assert query.recorder.failures == 2
    assert redis_client.zscore(redis_names.posts("test", DAY), "*") == 3
    path.parent.unlink()
    query.write(total(4, NOON + 10 * MINUTE))
    assert told(path) == [(NOON + 10 * MINUTE, "*", 4)]


def test_a_redis_that_goes_away_meanwhile_fails_no_batch_and_is_counted(query, path, monkeypatch):
    def away(*_: object) -> None:
        raise redis.ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(RedisView, "posts_by_language", away)
        query.write(total(1))
    assert (query.recorder.failures, path.exists()) == (1, False)
    query.write(total(2, NOON + 5 * MINUTE))
    assert told(path) == [(NOON + 5 * MINUTE, "*", 2)]


def test_a_batch_before_the_first_post_records_nothing(query, tmp_path):
    query.write()
    query.write(*tag("tea", 1))
    assert list(tmp_path.iterdir()) == []


def test_what_others_wrote_into_the_file_is_borne(query, path):
    append_frames(path, [Frame(NOON - MINUTE, "*", 1, [])])
    path.write_bytes(b"not a frame\n" + path.read_bytes())
    query.write(total(5))
    assert latest_frames(path)["*"].posts == 5
