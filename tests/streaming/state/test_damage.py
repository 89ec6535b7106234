"""A real counts file, damaged in seeded ways: counting is exact, or ends with one line that says how to recover."""

import random
import re
import shlex
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contract import redis_names
from contract.post import Post
from streaming.days.close import write_closed_day
from streaming.jobs.live import Supervisor
from streaming.session import StartHelpers
from streaming.sink.updates import snapshot_updates
from streaming.state.errors import RecoveryError, StoreError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE, CountsFile, checkpoint_wal
from streaming.state.store import CountsStore
from tests.streaming.fake_counts import DAY, NOON, Row, batch, tag, total

BATCHES = 12
PAGE_BYTES = 4_096
SEEDS = 12


def made_up(number: int) -> list[Row]:
    """The rows of a batch: many hashtags, some of them in every batch."""
    choice = random.Random(number)
    keys = Counter(f"tag{int(choice.random() ** 2 * 600)}" for _ in range(150))
    return [
        row for key, posts in keys.items() for of in ("*", "en") for row in (tag(key, posts, language=of, authors=3),)
    ]


def count(path: Path, first: int, end: int) -> None:
    """Count some batches as a process that flushes after each."""
    store = CountsStore(path)
    try:
        if store.position is None:
            store.begin(0, DAY)
        for number in range(first, end):
            store.add(batch(total(150), total(150, language="en"), *made_up(number), start=100 * number))
            store.flush()
            checkpoint_wal(path)
    finally:
        store.close()


def closed(path: Path) -> list[dict]:
    folder = path.with_name("closed")
    with Snapshot(path) as snapshot:
        list(snapshot_updates(snapshot))
        write_closed_day(snapshot, DAY, folder)
    return pq.read_table(folder).to_pylist()


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has counted half of the batches."""
    path = tmp_path_factory.mktemp("half") / COUNTS_FILE
    count(path, 0, BATCHES // 2)
    assert path.stat().st_size > 10 * PAGE_BYTES
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """The closed day of all batches."""
    path = tmp_path_factory.mktemp("whole") / COUNTS_FILE
    count(path, 0, BATCHES)
    return closed(path)


def flip(data: bytearray, choice: random.Random) -> bytearray:
    data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
    return data


def truncate(data: bytearray, choice: random.Random) -> bytearray:
    return data[: choice.randrange(1, len(data))]


def blank_page(data: bytearray, choice: random.Random) -> bytearray:
    start = PAGE_BYTES * choice.randrange(len(data) // PAGE_BYTES)
    data[start : start + PAGE_BYTES] = bytes(PAGE_BYTES)
    return data


def move_page(data: bytearray, choice: random.Random) -> bytearray:
    one, other = (PAGE_BYTES * page for page in choice.sample(range(len(data) // PAGE_BYTES), 2))
    data[other : other + PAGE_BYTES] = data[one : one + PAGE_BYTES]
    return data


def no_database(data: bytearray, choice: random.Random) -> bytearray:
    return bytearray(choice.randbytes(len(data)))


@pytest.mark.parametrize("damage", [flip, truncate, blank_page, move_page, no_database])
def test_a_damaged_file_never_gives_a_wrong_count(
    half: Path, whole: list[dict], tmp_path: Path, damage: Callable[[bytearray, random.Random], bytearray]
):
    errors = []
    for seed in range(SEEDS):
        path = tmp_path / str(seed) / COUNTS_FILE
        path.parent.mkdir()
        path.write_bytes(damage(bytearray(half.read_bytes()), random.Random(f"{damage.__name__} {seed}")))
        try:
            count(path, BATCHES // 2, BATCHES)
            found = closed(path)
        except StoreError as error:
            errors.append(str(error).removeprefix(str(path)))
        else:
            assert found == whole, seed
    assert len(errors) > SEEDS // 3
    assert all(line.startswith(" is damaged (") and "\n" not in line for line in errors)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE stream SET counted = counted - 100",
        "UPDATE stream SET clock = clock + 1",
        "UPDATE stream SET first_day = first_day - 1",
        "UPDATE counts SET count = (SELECT count FROM counts WHERE key = 'tag2') WHERE key = 'tag1'",
        "UPDATE counts SET key = 'tag1' || key WHERE key = 'tag1'",
        "UPDATE counts SET language = 'de' WHERE key = '' AND language = 'en'",
        "UPDATE counts SET language = 'de' WHERE key = 'tag1'",
        "UPDATE counts SET day = day - 1 WHERE key = 'tag1'",
        "UPDATE counts SET count = substr(count, 1, 5) WHERE key = 'tag1'",
    ],
)
def test_a_row_changed_or_moved_within_an_intact_file_is_an_error(half: Path, tmp_path: Path, damage: str):
    path = tmp_path / COUNTS_FILE
    shutil.copy(half, path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(damage)

    def proceed() -> None:
        count(path, BATCHES // 2, BATCHES)
        with Snapshot(path) as snapshot:
            list(snapshot_updates(snapshot))

    with pytest.raises(StoreError):
        proceed()


def test_a_torn_log_takes_counts_back_together_with_their_position(half: Path, whole: list[dict], tmp_path: Path):
    path = tmp_path / COUNTS_FILE
    shutil.copy(half, path)
    store = CountsStore(path)
    for number in range(BATCHES // 2, BATCHES):
        store.add(batch(total(150), total(150, language="en"), *made_up(number), start=100 * number))
        store.flush()
    log = path.with_name(f"{COUNTS_FILE}-wal").read_bytes()
    content = path.read_bytes()
    choice = random.Random(1)
    for number in range(20):
        left = tmp_path / str(number) / COUNTS_FILE
        left.parent.mkdir()
        left.write_bytes(content)
        left.with_name(f"{COUNTS_FILE}-wal").write_bytes(
            flip(bytearray(log), choice) if number % 2 else truncate(log, choice)
        )
        again = CountsFile(left)
        offset = again.position().offset
        again.close()
        count(left, offset // 100, BATCHES)
        assert closed(left) == whole, offset


def test_a_damaged_file_stops_counting_with_the_command_that_recovers(config, collector, redis_client):
    path = config.data_dir / "counts" / "test" / COUNTS_FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1_000)
    collector.append(Post("a:1", NOON, "en", ["tea"], ["Tea"]))
    with pytest.raises(RecoveryError) as raised:
        Supervisor(None, StartHelpers(None), config, redis_client, threading.Event()).run()
    command = re.search(r"are counted again from the log: (rm -f .+)$", str(raised.value))
    assert shlex.split(command[1])[2:] == [f"{path}{part}" for part in ("", "-wal", "-shm")]


@pytest.mark.parametrize("close_day", [False, True])
def test_damage_found_while_counting_or_closing_a_day_stops_counting_too(
    spark, config, collector, redis_client, close_day: bool
):
    path = config.data_dir / "counts" / "test" / COUNTS_FILE
    collector.append(Post("a:1", NOON, "en", ["tea"], ["Tea"]), Post("a:2", NOON, "en", ["milk"], ["Milk"]))
    store = CountsStore(path)
    store.begin(0, DAY)
    store.add(batch(tag("tea", 1), tag("milk", 1), end=len(collector.lines)))
    store.flush()
    store.close()
    redis_client.set(redis_names.marker("test"), len(collector.lines))
    redis_client.zadd(redis_names.written_keys("test"), {redis_names.marker("test"): "+inf"})
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE counts SET count = x'00' WHERE key = 'tea'")
    if close_day:
        collector.close_day(DAY)
    else:
        collector.append(Post("a:3", NOON, "en", ["tea"], ["Tea"]))
    with pytest.raises(RecoveryError, match=": rm -f "):
        Supervisor(spark, StartHelpers(spark), config, redis_client, threading.Event()).run()
