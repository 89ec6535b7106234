"""A collector that is killed again and again hashes an account and a post as before, and leaves one key a day."""

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.collector.test_process import Collector
from tests.parallel import find_free_port
from tests.standins.jetstream import JetstreamStandIn
from tests.standins.script import Record, Send, supply

POSTS = 4_000


def written(data_dir: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((data_dir / "spool" / "bluesky").glob("*.ndjson")))


@pytest.mark.parametrize("around", ["noon", "midnight"])
def test_authors_and_posts_have_the_same_hashes_after_kill_9(tmp_path, around):
    now = datetime.now(UTC)
    # The last posts are the latest; at midnight the first half is of yesterday, unless that is closed already.
    step = timedelta(seconds=60) / POSTS
    start = now - timedelta(minutes=1)
    if around == "midnight":
        start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(seconds=30)
    record = Record(supply(start, step))
    with JetstreamStandIn([Send(POSTS // 8, 1)] * 8, supply(start, step), record=record) as stand_in:
        settings = {"SOURCE": "bluesky", "JETSTREAM_URL": stand_in.url, "DAY_GRACE": "43200"}
        for kills in range(5):
            collector = Collector(tmp_path, find_free_port(), **settings)
            collector.wait_for_bytes((kills + 1) * POSTS // 8 * 60)
            collector.end(signal.SIGKILL)
        collector = Collector(tmp_path, find_free_port(), **settings)
        stand_in.script.finished.wait(30)
        while (data := written(tmp_path)).count(b"\n") < len(expected(record, now)):
            collector.wait_for_bytes(len(data) + 1)
        assert collector.end()[0] == 0
    posts = [json.loads(line) for line in data.splitlines()]
    assert len({post["id"] for post in posts}) == len(posts) == len(expected(record, now))
    of_days = {post.moment.date() for post in expected(record, now)}
    for day in of_days:
        accounts = {post.account for post in expected(record, now) if post.moment.date() == day}
        authors = {post["author"] for post in posts if post["created_at"].startswith(day.isoformat())}
        assert len(authors) == len(accounts)
    keys = {path.stem for path in (tmp_path / "author_keys" / "bluesky").iterdir()}
    assert keys >= {day.isoformat() for day in of_days}


def expected(record: Record, now: datetime) -> list:
    """The posts that a stream which begins now takes: half a day after midnight, yesterday is closed."""
    first = (now - timedelta(hours=12)).date()
    return [post for post in record.happened if post.moment.date() >= first]
