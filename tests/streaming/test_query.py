"""A query's own state, read back: the same whatever the batches were."""

import random
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from contract.post import Post
from streaming.checkpoint import committed_batch, committed_offset
from streaming.config import Config
from streaming.days import QueryPlan
from streaming.query import start_query, write_closed_day
from tests.streaming.stand_in_collector import StandInCollector

DAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def made_up(count: int) -> list[Post]:
    """Posts of a day, nearly each by an author of its own, most of them with one hashtag."""
    choice = random.Random(1)
    posts = []
    for number in range(count):
        written = choice.choice([["Tea"], ["TEA"], ["CupOfTea", "tea"], ["cupoftea"], [f"rare{number}"], []])
        keys = [spelling.casefold() for spelling in written]
        at = MIDNIGHT + timedelta(seconds=choice.randrange(86_400))
        author = f"{choice.getrandbits(64):016x}" if choice.random() < 0.95 else None
        posts.append(Post(f"m:{number}", at, choice.choice(["en", "de"]), keys, written, author))
    return posts


def closed_day(session: SparkSession, config: Config, posts: list[Post], name: str) -> tuple[list[dict], int]:
    """Count posts as streaming does; return the closed day's rows, and how many batches it took."""
    collector = StandInCollector()
    collector.append(*posts)
    checkpoint, folder = config.data_dir / name, config.data_dir / f"{name}.closed"
    config = replace(config, collector_address=collector.address)
    plan = QueryPlan(DAY, 0, 0, len(collector.lines))
    query = start_query(session, config, plan, checkpoint, lambda counts, batch: counts.toArrow())
    pause = threading.Event()
    while query.isActive and committed_offset(checkpoint) != plan.until:
        pause.wait(0.05)
    query.stop()
    collector.stop()
    batch = committed_batch(checkpoint)
    write_closed_day(session, checkpoint, batch, DAY, folder)
    return pq.read_table(folder).to_pylist(), batch + 1


def test_a_closed_day_is_the_same_however_its_posts_were_ordered_and_cut_into_batches(spark, config, tmp_path: Path):
    posts = made_up(6_000)
    shuffled = random.Random(2).sample(posts, len(posts))
    whole, one = closed_day(spark, replace(config, max_batch_bytes=2**24), posts, "whole")
    cut, many = closed_day(spark, replace(config, max_batch_bytes=60_000), shuffled, "cut")
    assert (one, many > 10) == (1, True)
    assert cut == whole
    tea = next(row for row in whole if (row["language"], row["key"]) == ("*", "tea"))
    authors = {post.author for post in posts if "tea" in post.hashtags and post.author}
    assert len(authors) > 2_500
    assert abs(tea["authors"] - len(authors)) < len(authors) * 3 * 0.033
    assert tea["posts"] == sum("tea" in post.hashtags for post in posts)
