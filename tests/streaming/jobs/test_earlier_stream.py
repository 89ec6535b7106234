"""Counts of an earlier stream: replaced by those of a stream that has its posts, kept where they would be lost."""

import shlex
import subprocess
import threading
from datetime import date
from pathlib import Path

import pytest
import redis

from contract import redis_names
from contract.closed_day import closed_day_folder, reopened_file
from contract.files import counts_folder
from contract.kafka_log import new_stream_id
from contract.socket_protocol import DaySpan, StreamStatus
from streaming.jobs.earlier_stream import discard_other_stream, has_counts
from streaming.jobs.live import Supervisor
from streaming.session import StartHelpers
from streaming.sink.redis_view import RedisView
from streaming.state.errors import RecoveryError
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.streaming.fake_collector import FakeCollector
from tests.streaming.fake_counts import DAY, NEXT, NOON, batch, tag, total

TODAY, FAR = date(2026, 11, 28), date(2038, 1, 19)
YESTERDAY = date(2026, 11, 27)


@pytest.fixture
def view(redis_client: redis.Redis) -> RedisView:
    view = RedisView(redis_client, "x")
    view.show(FAR)
    return view


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The counts of a stream that leapt into the future: today is closed and archived."""
    store = CountsStore(counts_folder(tmp_path, "x") / COUNTS_FILE)
    store.begin(500, FAR)
    store.close()
    for day in (YESTERDAY, TODAY):
        closed_day_folder(tmp_path, "x", day).mkdir(parents=True)
    return counts_folder(tmp_path, "x") / COUNTS_FILE


def stream(stream_id: str) -> StreamStatus:
    return StreamStatus("x", 0, 900, None, {TODAY: DaySpan(0)}, stream_id)


def test_the_same_stream_changes_nothing(tmp_path: Path, view: RedisView, store: Path):
    discard_other_stream(tmp_path, stream(""), view)
    assert store.exists()
    assert closed_day_folder(tmp_path, "x", TODAY).exists()
    assert view.current().day == FAR


def test_another_stream_replaces_the_one_before_once(tmp_path: Path, view: RedisView, store: Path):
    discard_other_stream(tmp_path, stream("anew"), view)
    assert not store.exists()
    assert view.current() is None
    assert not closed_day_folder(tmp_path, "x", TODAY).exists()
    assert reopened_file(tmp_path, "x", TODAY).exists()
    assert closed_day_folder(tmp_path, "x", YESTERDAY).exists()
    store.touch()
    discard_other_stream(tmp_path, stream("anew"), view)
    assert store.exists()


def test_only_counts_of_the_same_stream_are_used(tmp_path: Path, store: Path):
    assert has_counts(tmp_path, stream(""))
    assert not has_counts(tmp_path, stream("anew"))
    store.unlink()
    assert not has_counts(tmp_path, stream(""))


def test_a_killed_replacement_is_repeated(tmp_path: Path, view: RedisView, store: Path, monkeypatch):
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("streaming.jobs.earlier_stream.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            discard_other_stream(tmp_path, stream("anew"), view)
    discard_other_stream(tmp_path, stream("anew"), view)
    assert not store.exists()
    assert not closed_day_folder(tmp_path, "x", TODAY).exists()


def test_a_board_that_shows_a_day_of_the_new_stream_keeps_it(tmp_path: Path, redis_client, store: Path):
    redis_client.delete(redis_names.current("test"))
    view = RedisView(redis_client, "x")
    view.show(TODAY)
    discard_other_stream(tmp_path, stream("anew"), view)
    assert view.current().day == TODAY


def test_without_counts_no_closed_day_is_removed(tmp_path: Path, view: RedisView, store: Path):
    store.unlink()
    discard_other_stream(tmp_path, stream("anew"), view)
    assert closed_day_folder(tmp_path, "x", TODAY).exists()
    assert view.current().day == FAR


LATER = NOON.replace(day=23)


def counted(data_dir: Path, source: str, stream_id: str) -> Path:
    """Return the file with an open day of 3 posts of a stream, and the next one with 1."""
    path = counts_folder(data_dir, source) / COUNTS_FILE
    store = CountsStore(path)
    store.begin(0, DAY)
    store.add(batch(total(3), tag("tea", 2)))
    store.add(batch(total(1, LATER), start=store.position.offset))
    store.flush()
    store.close()
    path.with_name("stream_id").write_text(stream_id)
    return path


def status(source: str, stream_id: str) -> StreamStatus:
    return StreamStatus(source, 0, 900, None, {NEXT: DaySpan(0)}, stream_id)


@pytest.mark.parametrize(
    ("before", "after"),
    [("", new_stream_id()), (new_stream_id(), ""), (new_stream_id(), new_stream_id())],
    ids=["from the spool", "to the spool", "from topic to topic"],
)
def test_another_log_keeps_the_counts_that_it_cannot_count_again_until_the_operator_removes_them(
    tmp_path: Path, view: RedisView, before: str, after: str
):
    path = counted(tmp_path, "x", before)
    words = r"^x has another log .* lacks the posts of 2026-11-22 \(3 posts\), 2026-11-23 \(1 posts\): "
    with pytest.raises(RecoveryError, match=words) as refused:
        discard_other_stream(tmp_path, status("x", after), view)
    assert path.exists()
    assert "\n" not in str(refused.value)
    discard_other_stream(tmp_path, status("x", before), view)
    assert path.exists()
    subprocess.run(shlex.split(str(refused.value).rpartition(": ")[2]), check=True, timeout=10)
    discard_other_stream(tmp_path, status("x", after), view)
    assert path.with_name("stream_id").read_text() == after


def test_another_log_takes_no_closed_day_away(tmp_path: Path, view: RedisView):
    path = counted(tmp_path, "x", "")
    for day in (DAY, NEXT):
        closed_day_folder(tmp_path, "x", day).mkdir(parents=True)
    discard_other_stream(tmp_path, status("x", new_stream_id()), view)
    assert not path.exists()
    assert closed_day_folder(tmp_path, "x", NEXT).exists()
    assert not reopened_file(tmp_path, "x", NEXT).exists()


def test_a_recording_is_read_from_its_beginning_into_any_log(tmp_path: Path, redis_client):
    path = counted(tmp_path, "replay-posts", "")
    discard_other_stream(tmp_path, status("replay-posts", new_stream_id()), RedisView(redis_client, "replay-posts"))
    assert not path.exists()


def test_a_supervisor_with_another_log_waits_for_a_person(config, collector: FakeCollector, redis_client):
    path = counted(config.data_dir, "test", "")
    collector.days[NEXT], collector.stream_id = DaySpan(0), new_stream_id()
    with pytest.raises(RecoveryError, match="another log than before"):
        Supervisor(None, StartHelpers(None), config, redis_client, threading.Event()).run()
    assert path.exists()
