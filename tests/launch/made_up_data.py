"""A DATA_DIR as a running Trendsite leaves it, made by the collector's and streaming's own code, without Spark."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from collector.log.spool import Spool
from contract.closed_day import closed_day_folder
from contract.files import counts_folder, spool_folder
from contract.post import Post
from contract.race import Frame, append_frames, race_file
from streaming.aggregate.deltas import batch_of, batch_rows
from streaming.days.close import write_closed_day
from streaming.source.lines import parse
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore

SOURCE = "simulator"
DAY = date(2026, 3, 4)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LONG_AGO = date(2000, 1, 1)
AUTHOR_KEY = b"the key of a day, for no backup."


def posts(number: int, first: int = 0) -> list[Post]:
    """Invented posts, a second apart."""
    return [
        Post(f"s:{at}", NOON + timedelta(seconds=at), ("en", "ja")[at % 2], [f"tag{at % 7}"], [f"Tag{at % 7}"])
        for at in range(first, first + number)
    ]


def open_spool(data_dir: Path, **limits: int) -> Spool:
    """Open the spool; by default a segment has two commits."""
    return Spool(spool_folder(data_dir, SOURCE), SOURCE, **{"max_bytes": 2**30, "segment_bytes": 3_000, **limits})


def commit(spool: Spool, some: list[Post]) -> None:
    """Append posts and make them durable."""
    spool.append(some, {})
    spool.commit({"at": some[-1].id}, 0, some[-1].created_at, LONG_AGO)


def count(store: CountsStore, spool: Spool, end: int) -> None:
    """Count the posts of a spool up to an offset, durably."""
    if store.position is None:
        store.begin(0, DAY)
    start = store.position.offset
    if start < end:
        store.add(batch_of(batch_rows(parse(b"".join(spool.read(start, end))), start, end)))
    store.flush()


def counts_path(data_dir: Path) -> Path:
    """Return the counts file."""
    return counts_folder(data_dir, SOURCE) / COUNTS_FILE


def counted(data_dir: Path) -> tuple[int, dict[tuple[date, str, str], list[int]]]:
    """Return the offset of the counts, and the posts of each hour by day, language and key."""
    with Snapshot(counts_path(data_dir)) as snapshot:
        return snapshot.position.offset, dict(_rows(snapshot))


def _rows(snapshot: Snapshot) -> Iterator[tuple[tuple[date, str, str], list[int]]]:
    for day in snapshot.days():
        for language in snapshot.languages(day):
            for key, found in snapshot.counts(day, language):
                yield (day, language, key), found.by_hour()


def make_data_dir(data_dir: Path) -> None:
    """Fill a DATA_DIR: the counts are some commits behind the spool, and the day before is closed."""
    spool = open_spool(data_dir)
    for first in range(0, 400, 20):
        commit(spool, posts(20, first))
    store = CountsStore(counts_path(data_dir))
    cut, _ = spool.lines_between(spool.committed.end * 2 // 3, spool.committed.end)
    count(store, spool, cut)
    store.close()
    spool.close()
    (counts_path(data_dir).parent / "done.json").write_text("[]")
    with Snapshot(counts_path(data_dir)) as snapshot:
        write_closed_day(snapshot, DAY, closed_day_folder(data_dir, SOURCE, DAY - timedelta(days=1)))
    race = race_file(data_dir, SOURCE, DAY)
    append_frames(race, [Frame(NOON, "*", 20, [])])
    with race.open("ab") as file:
        file.write(b'{"at":"torn')
    others = {
        "secret_key": sha256(b"made up").hexdigest().encode(),
        "collector.secret": sha256(b"made up as well").hexdigest().encode(),
        "author_keys/simulator/2026-03-04.key": AUTHOR_KEY,
        "author.key": AUTHOR_KEY,
        "dropped/simulator/2026-03-03.json": b"{}",
        "dropped/simulator/begun": b"{}",
        "archive/day=2026-03-03/source=simulator/counts.csv": b"language,key",
        "log/site-0.log": b"a log",
        "redis/appendonly.aof": b"redis",
        "spool/simulator.damaged/00000000000000000000.ndjson": b"set aside",
        "past-days/done": b"7 days",
    }
    for name, content in others.items():
        (data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (data_dir / name).write_bytes(content)
