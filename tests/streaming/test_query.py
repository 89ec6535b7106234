"""The query on a real Spark: what it hands on becomes the same counts whatever the batches were."""

import random
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

from contract.post import Post
from streaming.batch import batch_of
from streaming.config import Config
from streaming.counts_file import STORE
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import CountsStore
from streaming.query import start_query

DAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
PATIENCE_SECONDS = 60


def made_up(count: int) -> list[Post]:
    choice = random.Random(1)
    posts = []
    for number in range(count):
        written = choice.choice([["Tea"], ["TEA"], ["CupOfTea", "tea"], ["cupoftea"], [f"rare{number}"], []])
        keys = [spelling.casefold() for spelling in written]
        at = MIDNIGHT + timedelta(seconds=choice.randrange(86_400))
        posts.append(Post(f"m:{number}", at, choice.choice(["en", "de"]), keys, written, f"{number:016x}"))
    return posts


def count(session: SparkSession, config: Config, end: int) -> int:
    """Count up to ``end`` into the store in DATA_DIR, as a process does; return how many batches it took."""
    store = CountsStore(config.data_dir / STORE)
    position = store.position or store.begin(0, DAY)
    batches, whole = [], threading.Event()

    def take(rows: pa.Table) -> None:
        batches.append(store.add(batch_of(rows)))
        if store.position.offset == end:
            whole.set()

    query = start_query(session, config, position.offset, config.data_dir / "scratch", take)
    assert whole.wait(PATIENCE_SECONDS)
    query.stop()
    store.keep()
    store.close()
    assert None not in batches, "no batch came again"
    return len(batches)


def counted(data_dir: Path) -> dict[tuple[str, str], tuple]:
    with Snapshot(data_dir / STORE) as snapshot:
        return {
            (language, key): (count.posts, count.hours, count.spellings, count.minutes, count.authors_of_day())
            for language in snapshot.languages(DAY)
            for key, count in snapshot.counts(DAY, language)
        }


def test_counts_are_the_same_however_posts_were_cut_into_batches_and_runs(spark, config, collector):
    posts = made_up(3_000)
    collector.append(*posts[:2_000])
    cut = replace(config, data_dir=config.data_dir / "cut", max_batch_bytes=60_000)
    many = count(spark, cut, len(collector.lines))
    collector.append(*posts[2_000:])
    more = count(spark, cut, len(collector.lines))
    whole = replace(config, data_dir=config.data_dir / "whole", max_batch_bytes=2**24)
    assert count(spark, whole, len(collector.lines)) == 1
    assert (many > 3, more > 1) == (True, True)
    assert counted(cut.data_dir) == counted(whole.data_dir)
    assert counted(whole.data_dir)["*", "tea"][0] == sum("tea" in post.hashtags for post in posts)


def test_a_batch_that_is_not_taken_ends_the_query(spark, config, collector):
    collector.append(*made_up(3))

    def refuse(rows: pa.Table) -> None:
        raise OSError("not taken")

    query = start_query(spark, config, 0, config.data_dir, refuse)
    with pytest.raises(StreamingQueryException, match="not taken"):
        query.awaitTermination(PATIENCE_SECONDS)
