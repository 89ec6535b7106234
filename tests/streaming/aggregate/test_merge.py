"""Any number of tasks make the same batch, and the same bytes of counts."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

from contract.language import ALL_LANGUAGES
from contract.post import Post, encode_posts
from streaming.aggregate.deltas import CountScope, batch_of, batch_rows
from streaming.source.lines import parse
from streaming.state.count import MAX_SPELLINGS
from streaming.state.pairs import MAX_PARTNERS
from streaming.state.store import CountsStore

DAY = date(2026, 11, 22)
LATE = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
BATCHES = 3


def made_up(choice: random.Random, count: int) -> bytes:
    """Lines of posts around midnight, with more spellings, authors and partners than a hashtag keeps."""
    posts = []
    for number in range(count):
        words = [choice.choice(["teatime", "milk", "sugar"]), *(f"rare{choice.randrange(999)}" for _ in range(3))]
        written = ["".join(choice.choice([c, c.upper()]) for c in word) for word in words[: choice.randrange(5)]]
        at = LATE + timedelta(seconds=choice.randrange(10_000))
        author = choice.choice([None, f"{choice.randrange(700):016x}"])
        keys = [spelling.casefold() for spelling in written]
        posts.append(Post(f"m:{number}", at, choice.choice(["en", "de"]), keys, written, author))
    return encode_posts(posts)


def sent(lines: bytes, start: int, cuts: list[int]) -> list[pa.Table]:
    """The rows of tasks that read ``lines``, from offset ``start`` on: each has the lines that begin in its range."""
    tables = []
    for first, end in pairwise([0, *cuts, len(lines)]):
        part = lines[_line_start(lines, first) : _line_start(lines, end)]
        tables.append(batch_rows(parse(part) if part else None, start + first, start + end))
    return tables


def _line_start(lines: bytes, offset: int) -> int:
    return lines.index(b"\n", offset - 1) + 1 if offset else 0


def counted(path: Path, batches: Iterator[list[pa.Table]]) -> list[str]:
    """Count batches, flush each; return the whole file as text."""
    store = CountsStore(path)
    store.begin(0, DAY)
    for tables in batches:
        store.add(batch_of(pa.concat_tables(tables)))
        store.flush()
    store.close()
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def in_tasks(tasks: int, seed: int) -> Iterator[list[pa.Table]]:
    """The batches as some tasks send them, cut anywhere, in any order."""
    choice, start = random.Random(1), 0
    cutter = random.Random(seed)
    for _ in range(BATCHES):
        lines = made_up(choice, 800)
        tables = sent(lines, start, sorted(cutter.sample(range(len(lines)), tasks - 1)))
        cutter.shuffle(tables)
        yield tables
        start += len(lines)


@pytest.fixture(scope="module")
def of_one_task(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return counted(tmp_path_factory.mktemp("one") / "counts.sqlite", in_tasks(1, 0))


@pytest.mark.parametrize(("tasks", "seed"), [(2, 1), (2, 2), (4, 3), (4, 4), (15, 5)])
def test_the_counts_file_is_the_same_for_any_number_of_tasks(tmp_path, of_one_task, tasks, seed):
    assert counted(tmp_path / "counts.sqlite", in_tasks(tasks, seed)) == of_one_task


def test_the_posts_of_this_test_reach_every_bound():
    batch = batch_of(pa.concat_tables(next(in_tasks(1, 0))))
    teatime = batch.deltas[CountScope(DAY, ALL_LANGUAGES)]["teatime"]
    assert len({spelling for _, _, spelling, _, _ in teatime}) > MAX_SPELLINGS
    assert {len(authors or b"") // 4 for *_, authors in teatime} > {1, 2}
    assert len([row for row in batch.pairs[DAY] if row[0] == "teatime"]) > MAX_PARTNERS * 5 // 4
    assert len(batch.pairs) == 2


def test_a_batch_of_an_empty_range_and_one_with_posts_is_that_of_the_posts():
    lines = made_up(random.Random(2), 30)
    whole = batch_of(pa.concat_tables(sent(lines, 7, [])))
    cut = batch_of(pa.concat_tables(sent(lines, 7, [len(lines) - 2, len(lines) - 1])))
    assert (cut.deltas, cut.clock, cut.start, cut.end) == (whole.deltas, whole.clock, whole.start, whole.end)
