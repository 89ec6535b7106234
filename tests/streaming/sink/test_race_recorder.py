from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import redis
from redis.client import NEVER_DECODE

import streaming.sink.publisher
from contract import redis_names
from contract.race import PLACES, Frame, FramePlace, append_frames, latest_frames, race_file, read_frames, unpack_hours
from streaming.sink.race_recorder import RaceRecorder
from streaming.sink.redis_view import RedisView
from streaming.state.sqlite import COUNTS_FILE
from tests.streaming.fake_counts import DAY, NEXT, NOON, NOW, CountingProcess, Row, tag, total

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Recorded:
    """A process that counts and records the race."""

    def __init__(self, client: redis.Redis, data_dir: Path, store: str = COUNTS_FILE) -> None:
        view = RedisView(client, "test", lambda: NOW)
        self.recorder = RaceRecorder(view, data_dir, "test")
        # A process has one view, whose next mark also checks the keys of the race.
        self._counted = CountingProcess(client, data_dir / "counts" / store, self.recorder, view)
        self._counted.check_redis()

    def write(self, *rows: Row) -> None:
        """Count one more batch, and flush."""
        self._counted.write(*rows)
        self._counted.store.flush()

    def check_redis(self) -> None:
        self._counted.check_redis()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming.sink.publisher, "REBUILD_PAUSE", 0.0)


@pytest.fixture
def recorded(redis_client: redis.Redis, tmp_path: Path) -> Recorded:
    return Recorded(redis_client, tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return race_file(tmp_path, "test", DAY)


def posts_in(path: Path, language: str | None = None) -> list[tuple[datetime, str, int]]:
    return [(frame.at, frame.language, frame.posts) for frame in read_frames(path, language)]


def in_redis(client: redis.Redis, language: str = "*", day: date = DAY) -> list[Frame]:
    """What the site reads."""
    name = redis_names.race("test", day, language)
    return unpack_hours(client.execute_command("HGETALL", name, **{NEVER_DECODE: True}))


def test_a_frame_has_the_top_of_each_language(recorded, path):
    recorded.write(total(9), tag("tea", 3, spelling="Tea"), tag("cafe", 5), total(4, language="en"))
    assert read_frames(path) == [
        Frame(NOON, "*", 9, [FramePlace("cafe", "cafe", 5), FramePlace("tea", "Tea", 3)]),
        Frame(NOON, "en", 4, []),
    ]


def test_a_frame_is_recorded_when_the_clock_enters_the_next_five_minutes(recorded, path):
    moments = [NOON + after for after in (0 * MINUTE, 2 * MINUTE, 5 * MINUTE - SECOND, 5 * MINUTE, 8 * MINUTE, MINUTE)]
    for at in [*moments, NOON + 21 * MINUTE]:
        recorded.write(total(1, at))
    assert posts_in(path) == [(NOON, "*", 1), (NOON + 5 * MINUTE, "*", 4), (NOON + 21 * MINUTE, "*", 7)]


def test_only_languages_with_new_posts_get_a_frame(recorded, path):
    recorded.write(total(2), total(1, language="en"), total(1, language="de"))
    later = NOON + 5 * MINUTE
    recorded.write(total(1, later), total(1, later, language="en"))
    assert posts_in(path)[3:] == [(later, "*", 3), (later, "en", 2)]


def test_a_language_that_changes_between_two_frames_is_in_the_next(recorded, path):
    recorded.write(total(1), total(1, language="en"))
    recorded.write(total(1, NOON + MINUTE), total(1, NOON + MINUTE, language="en"))
    recorded.write(total(1, NOON + 5 * MINUTE))
    assert posts_in(path, "en") == [(NOON, "en", 1), (NOON + 5 * MINUTE, "en", 2)]


def test_a_frame_has_fifty_places_and_equal_ones_are_ordered_by_key(recorded, path):
    recorded.write(total(90), *[tag(f"tag{number:02}", 1) for number in reversed(range(80))], tag("zebra", 2))
    (frame,) = read_frames(path)
    assert [place.key for place in frame.top] == ["zebra", *(f"tag{number:02}" for number in range(PLACES - 1))]


def test_recording_twice_changes_nothing(redis_client, tmp_path, recorded, path):
    recorded.write(total(2))
    recorded.write(total(3, NOON + 5 * MINUTE), total(1, NOON + 5 * MINUTE, language="en"))
    before = path.read_bytes()
    current = RedisView(redis_client, "test").current()
    recorded.recorder.record([DAY], current)
    Recorded(redis_client, tmp_path).recorder.record([DAY], current)
    assert path.read_bytes() == before


def test_a_restart_continues_where_the_file_ends(redis_client, tmp_path, recorded, path):
    recorded.write(total(2))
    restarted = Recorded(redis_client, tmp_path)
    restarted.write(total(1, NOON + 4 * MINUTE))
    restarted.write(total(1, NOON + 6 * MINUTE))
    assert posts_in(path) == [(NOON, "*", 2), (NOON + 6 * MINUTE, "*", 4)]


def test_after_a_torn_write_a_restart_records_what_is_missing(redis_client, tmp_path, recorded, path):
    recorded.write(total(2), total(1, language="en"))
    path.write_bytes(path.read_bytes()[:-9])
    later = NOON + MINUTE
    Recorded(redis_client, tmp_path).write(total(1, later))
    assert posts_in(path) == [(NOON, "*", 2), (later, "en", 1)]


@pytest.mark.parametrize("is_flushed", [False, True])
def test_counting_again_from_the_start_records_no_step_back(redis_client, tmp_path, recorded, path, is_flushed: bool):
    for minute in (0, 5, 10):
        recorded.write(total(10, NOON + minute * MINUTE), tag("tea", 4))
    before = path.read_bytes()
    if is_flushed:
        redis_client.flushall()
    again = Recorded(redis_client, tmp_path, "again")
    for posts, minute in ((1, 0), (14, 6), (14, 10), (1, 10)):
        again.write(total(posts, NOON + minute * MINUTE), tag("tea", 3))
    assert path.read_bytes() == before
    again.write(total(3, NOON + 15 * MINUTE), tag("tea", 4))
    assert [(frame.at, frame.posts, frame.top[0].posts) for frame in read_frames(path)[-2:]] == [
        (NOON + 10 * MINUTE, 30, 12),
        (NOON + 15 * MINUTE, 33, 16),
    ]


def test_a_rebuild_of_redis_records_no_step_back(redis_client, tmp_path, recorded, path):
    recorded.write(total(9), total(4, language="en"), tag("tea", 4))
    before = posts_in(path)
    redis_client.flushall()
    recorded.write(total(1, NOON + MINUTE), tag("tea", 1))
    assert posts_in(path) == before
    recorded.write(total(1, NOON + 6 * MINUTE), total(1, NOON + 6 * MINUTE, language="en"))
    assert posts_in(path) == [*before, (NOON + 6 * MINUTE, "*", 11), (NOON + 6 * MINUTE, "en", 5)]


def test_late_posts_belong_to_the_last_moment_of_their_day(recorded, path, tmp_path):
    last = MIDNIGHT - SECOND
    recorded.write(total(8, last - 3 * MINUTE))
    for minute in (1, 2, 6):
        recorded.write(total(1, last), total(1, MIDNIGHT + minute * MINUTE))
    assert posts_in(path) == [(last - 3 * MINUTE, "*", 8), (last, "*", 11)]
    assert [at for at, _, _ in posts_in(race_file(tmp_path, "test", NEXT))] == [
        MIDNIGHT + MINUTE,
        MIDNIGHT + 6 * MINUTE,
    ]


def test_a_failing_disk_fails_no_batch_and_is_counted(recorded, path, redis_client):
    path.parent.parent.mkdir()
    path.parent.write_text("where the folder should be")
    for minute in (0, 1, 5):
        recorded.write(total(1, NOON + minute * MINUTE))
    assert recorded.recorder.failures == 2
    assert redis_client.zscore(redis_names.posts("test", DAY), "*") == 3
    path.parent.unlink()
    recorded.write(total(1, NOON + 10 * MINUTE))
    assert posts_in(path) == [(NOON + 10 * MINUTE, "*", 4)]


def test_a_redis_that_is_away_fails_no_batch_and_is_counted(recorded, path, monkeypatch):
    def away(*_: object) -> None:
        raise redis.ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(RedisView, "posts_by_language", away)
        recorded.write(total(1))
    assert (recorded.recorder.failures, path.exists()) == (1, False)
    recorded.write(total(1, NOON + 5 * MINUTE))
    assert posts_in(path) == [(NOON + 5 * MINUTE, "*", 2)]


def test_a_batch_before_the_first_post_records_nothing(recorded, path):
    recorded.write()
    assert (path.exists(), recorded.recorder.failures) == (False, 0)


def test_foreign_lines_in_the_file_are_ignored(recorded, path):
    append_frames(path, [Frame(NOON - MINUTE, "*", 1, [])])
    path.write_bytes(b"not a frame\n" + path.read_bytes())
    recorded.write(total(5))
    assert latest_frames(path)["*"].posts == 5


def test_redis_has_the_frames_of_the_file(recorded, path, redis_client):
    for minute in range(0, 150, 5):
        at = NOON + minute * MINUTE
        recorded.write(total(3, at), tag("tea", 2, at, spelling="Tea"), total(1, at, language="en"))
    recorded.write()
    for language in ("*", "en"):
        assert in_redis(redis_client, language) == read_frames(path, language)
        name = redis_names.race("test", DAY, language)
        assert sorted(redis_client.hkeys(name)) == ["12", "13", "14"]
        assert 0 < redis_client.ttl(name) <= redis_names.DAY_TTL
    assert len(in_redis(redis_client)) == 30


def test_a_frame_that_a_kill_left_in_the_file_alone_gets_to_redis_with_the_next_batch(
    redis_client, tmp_path, recorded, path
):
    recorded.write(total(9), total(4, language="en"))
    append_frames(path, [Frame(NOON + 6 * MINUTE, "*", 10, []), Frame(NOON + 6 * MINUTE, "ja", 1, [])])
    restarted = Recorded(redis_client, tmp_path)
    restarted.write(total(1, NOON + 7 * MINUTE))
    assert in_redis(redis_client) == read_frames(path, "*")
    assert [frame.posts for frame in in_redis(redis_client)] == [9, 10]
    assert in_redis(redis_client, "ja") == read_frames(path, "ja")


def test_frames_of_an_earlier_version_get_to_redis(redis_client, tmp_path, recorded, path):
    recorded.write(total(9))
    recorded.write(total(9, NOON + 70 * MINUTE))
    redis_client.delete(redis_names.race("test", DAY, "*"))
    redis_client.zrem(redis_names.written_keys("test"), redis_names.race("test", DAY, "*"))
    Recorded(redis_client, tmp_path).write(total(1, NOON + 71 * MINUTE))
    assert [frame.posts for frame in in_redis(redis_client)] == [9, 18]


@pytest.mark.parametrize("lose", [lambda client, name: client.flushall(), lambda client, name: client.delete(name)])
@pytest.mark.parametrize("minutes", [1, 61])
def test_a_race_that_redis_loses_comes_back_from_the_file_and_continues(recorded, path, redis_client, lose, minutes):
    name = redis_names.race("test", DAY, "*")
    for minute in (0, 5, 59):
        recorded.write(total(3, NOON + minute * MINUTE), tag("tea", 2))
    recorded.write()
    before = in_redis(redis_client)
    assert len(before) == 3
    lose(redis_client, name)
    recorded.check_redis()
    assert in_redis(redis_client) == before
    lose(redis_client, name)
    recorded.write(total(3, NOON + (59 + minutes) * MINUTE))
    recorded.write()
    assert in_redis(redis_client) == read_frames(path)
    assert in_redis(redis_client)[:3] == before
    assert 0 < redis_client.ttl(name) <= redis_names.DAY_TTL


def test_frames_that_redis_refuses_are_counted_and_get_there_later(recorded, path, redis_client, monkeypatch):
    def away(*_: object) -> None:
        raise redis.ConnectionError

    recorded.write(total(9))
    with monkeypatch.context() as patched:
        patched.setattr(RedisView, "write_race", away)
        recorded.write(total(1, NOON + 5 * MINUTE))
    assert (recorded.recorder.failures, len(in_redis(redis_client)), len(read_frames(path))) == (1, 1, 2)
    recorded.write(total(1, NOON + 10 * MINUTE))
    assert [frame.posts for frame in in_redis(redis_client)] == [9, 10, 11]


def test_a_race_continues_after_midnight_under_the_key_of_the_new_day(recorded, redis_client):
    last = MIDNIGHT - SECOND
    recorded.write(total(8, last))
    for minute in (1, 6):
        recorded.write(total(1, last), total(1, MIDNIGHT + minute * MINUTE))
    assert [(frame.at, frame.posts) for frame in in_redis(redis_client)] == [(last, 10)]
    assert [frame.posts for frame in in_redis(redis_client, day=NEXT)] == [1, 2]
