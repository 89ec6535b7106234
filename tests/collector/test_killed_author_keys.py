"""A collector that is killed again and again hashes an account and a post as before, and leaves one key a day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.collector.sources.collector_process import CollectorProcess
from tests.standins.jetstream import JetstreamStandIn
from tests.standins.script import MadeUpPost, Record, Send, supply

POSTS = 4_000


@pytest.mark.parametrize("around", ["noon", "midnight"])
def test_authors_and_posts_have_the_same_hashes_after_kill_9(tmp_path: Path, around: str) -> None:
    now = datetime.now(UTC)
    # Yesterday is open until noon, and closed after it: neither changes within an hour.
    grace = timedelta(hours=12 if now.hour < 11 else 1)
    # The last posts are the latest; at midnight the first half is of yesterday, unless that is closed already.
    step = timedelta(seconds=60) / POSTS
    start = now - timedelta(minutes=1)
    if around == "midnight":
        start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(seconds=30)
    record = Record(supply(start, step))
    with JetstreamStandIn([Send(POSTS // 8, 1)] * 8, supply(start, step), record=record) as stand_in:
        settings = {"JETSTREAM_URL": stand_in.url, "DAY_GRACE": f"{grace.total_seconds():.0f}"}
        for kills in range(5):
            collector = CollectorProcess(tmp_path / "data", "bluesky", **settings)
            collector.wait_for_posts((kills + 1) * POSTS // 16)
            collector.kill()
        with CollectorProcess(tmp_path / "data", "bluesky", **settings) as collector:
            collector.wait_until(stand_in.script.finished.is_set)
            wanted = expected(record, now - grace)
            collector.wait_for_posts(len(wanted))
            posts, _ = collector.end()
    assert len({post.id for post in posts}) == len(posts) == len(wanted)
    of_days = {post.moment.date() for post in wanted}
    for day in of_days:
        accounts = {post.account for post in wanted if post.moment.date() == day}
        authors = {post.author for post in posts if post.created_at.date() == day}
        assert len(authors) == len(accounts)
    keys = {path.stem for path in (tmp_path / "data" / "author_keys" / "bluesky").iterdir()}
    assert keys >= {day.isoformat() for day in of_days}


def expected(record: Record, open_from: datetime) -> list[MadeUpPost]:
    """The posts that a stream takes whose first open day is that of ``open_from``."""
    return [post for post in record.happened if post.moment.date() >= open_from.date()]
