"""A real checkpoint, damaged in seeded ways: counting ends in one line that says how to recover, or is exact."""

import random
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import redis
from pyspark.sql import SparkSession

import streaming.roll
from contract.post import Post
from streaming.checkpoint import CheckpointError, committed_batch, committed_offset
from streaming.collector_client import CollectorClient
from streaming.config import Config
from streaming.query import read_state
from streaming.roll import Roll
from tests.streaming.stand_in_collector import StandInCollector

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATIENCE_SECONDS = 60
FILES = ("metadata", "offsets/*", "commits/*", "state/0/0/*.changelog", "state/0/_metadata/*", "state/0/0/_metadata/*")


def made_up(choice: random.Random, count: int) -> list[Post]:
    keys = [f"tag{int(choice.random() ** 2 * 300)}" for _ in range(count)]
    return [Post("a:1", NOON, "en", [key], [key], f"{choice.randrange(99):016x}") for key in keys]


class Counted:
    """Counts a stream in one process after the other."""

    def __init__(self, spark: SparkSession, config: Config, collector: StandInCollector, client: redis.Redis) -> None:
        self._spark, self._config, self._collector, self._redis = spark, config, collector, client
        self.posts: Counter = Counter()
        self.checkpoint = config.data_dir / "checkpoints" / "test" / DAY.isoformat()

    def append(self, posts: list[Post]) -> None:
        self._collector.append(*posts)
        self.posts.update(post.hashtags[0] for post in posts)

    def run(self, data_dir: Path) -> RuntimeError | None:
        """Count to the stream's end into an empty Redis, so that the state is read too; return what ended it."""
        self._redis.flushall()
        stop, failures = threading.Event(), []
        config = replace(self._config, data_dir=data_dir)

        def roll() -> None:
            with CollectorClient(config.collector_address, attempts=1) as client:
                try:
                    Roll(self._spark, config, client, self._redis, stop).run()
                except RuntimeError as error:
                    failures.append(error)

        thread = threading.Thread(target=roll)
        thread.start()
        checkpoint = data_dir / self.checkpoint.relative_to(self._config.data_dir)
        self._wait(lambda: not thread.is_alive() or _is_at(checkpoint, len(self._collector.lines)))
        stop.set()
        thread.join()
        return failures[0] if failures else None

    def exact(self, data_dir: Path) -> bool:
        checkpoint = data_dir / self.checkpoint.relative_to(self._config.data_dir)
        state = read_state(self._spark, checkpoint, committed_batch(checkpoint))
        rows = state.where("language = '*' and slot = -1 and spelling = '' and key != ''").collect()
        return {row.key: row.posts for row in rows} == self.posts

    @staticmethod
    def _wait(condition: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(PATIENCE_SECONDS * 20):
            if condition():
                return
            pause.wait(0.05)
        raise AssertionError("counting neither came to the end nor ended")


def _is_at(checkpoint: Path, end: int) -> bool:
    try:
        return committed_offset(checkpoint) == end
    except CheckpointError:
        return False


def flip(data: bytearray, choice: random.Random) -> bytearray:
    data[choice.randrange(len(data))] ^= 1 << choice.randrange(8)
    return data


def truncate(data: bytearray, choice: random.Random) -> bytearray:
    return data[: choice.randrange(len(data))]


def blank(data: bytearray, choice: random.Random) -> bytearray:
    return bytearray(len(data))


@pytest.fixture
def counted(
    spark: SparkSession,
    config: Config,
    collector: StandInCollector,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> Counted:
    """Several batches counted, and posts of another waiting."""
    monkeypatch.setattr(streaming.roll, "TICK_SECONDS", 0.05)
    choice = random.Random(1)
    counted = Counted(spark, replace(config, max_batch_bytes=10_000), collector, redis_client)
    counted.append(made_up(choice, 500))
    assert counted.run(config.data_dir) is None
    assert committed_batch(counted.checkpoint) >= 4
    counted.append(made_up(choice, 50))
    return counted


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_checkpoint_never_gives_a_wrong_count(counted: Counted, config: Config, tmp_path: Path, seed: int):
    choice = random.Random(seed)
    outcomes = Counter()
    for number, files in enumerate(FILES):
        data_dir = tmp_path / f"damaged{number}"
        shutil.copytree(config.data_dir / "checkpoints", data_dir / "checkpoints")
        checkpoint = data_dir / counted.checkpoint.relative_to(config.data_dir)
        file = choice.choice(sorted(checkpoint.glob(files)))
        damage = choice.choice([flip, truncate, blank, None])
        file.unlink() if damage is None else file.write_bytes(damage(bytearray(file.read_bytes()), choice))
        what = f"{file.relative_to(checkpoint)}: {damage.__name__ if damage else 'unlink'}"
        error = counted.run(data_dir)
        outcomes[error is None] += 1
        if error is not None:
            command = re.search(r": rm -r (\S+)$", str(error))
            assert isinstance(error, CheckpointError), what
            assert command is not None, what
            assert Path(command[1]) == checkpoint, what
            shutil.rmtree(command[1])
            assert counted.run(data_dir) is None, what
        assert counted.exact(data_dir), what
    assert outcomes[False] > 0
