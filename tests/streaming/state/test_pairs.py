from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

import streaming.state.pairs
import streaming.state.store
from contract.pairs import Partner, Partners
from contract.post import Post, encode_posts
from streaming.aggregate.deltas import MicroBatch, batch_of, batch_rows
from streaming.source.lines import parse
from streaming.state.errors import DamagedCountError
from streaming.state.pairs import PairSummary, decode_summary, encode_summary
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.streaming.fake_counts import DAY, NEXT, NOON

HASHTAGS = 60


def batch(start: int, posts: list[list[str]]) -> MicroBatch:
    lines = encode_posts([Post("a:1", NOON, "en", hashtags, hashtags) for hashtags in posts])
    return batch_of(batch_rows(parse(lines), start, start + 1))


def made_up(batches: int) -> Iterator[list[list[str]]]:
    """Batches of posts with several of 400 hashtags, a few of which are frequent, and more of them later."""
    draw = Random(7).random
    for number in range(batches):
        yield [
            list({f"t{int((100 + 2 * number) ** draw())}": None for _ in range(int(1 + 4 * draw()))}) for _ in range(40)
        ]


def begun(path: Path) -> CountsStore:
    store = CountsStore(path)
    if store.position is None:
        store.begin(0, DAY)
    return store


def stored(path: Path, k: int = 20) -> dict[str, Partners]:
    with Snapshot(path) as snapshot:
        return {key: summary.partners(k) for key, summary in snapshot.pairs(DAY)}


def truth_of(batches: list[list[list[str]]]) -> Counter:
    return Counter(
        (one, other)
        for posts in batches
        for hashtags in posts
        for one in hashtags
        for other in hashtags
        if one != other
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a small test reaches."""
    monkeypatch.setattr(streaming.state.pairs, "LEADING_HASHTAGS", HASHTAGS)
    monkeypatch.setattr(streaming.state.pairs, "_WAITING_HASHTAGS", 12)
    monkeypatch.setattr(streaming.state.pairs, "MAX_PARTNERS", 8)
    monkeypatch.setattr(streaming.state.pairs, "_WAITING_PARTNERS", 4)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("restart_every", [1_000, 9])
def test_the_true_number_is_within_the_stated_bounds_also_after_crashes(tmp_path, restart_every: int):
    batches = list(made_up(150))
    path = tmp_path / COUNTS_FILE
    store = begun(path)
    for number, posts in enumerate(batches):
        store.add(batch(number, posts))
        if number % 4 == 0:
            store.flush()
        if number % restart_every == restart_every - 1:
            # Killed: what was not flushed is counted again.
            store = CountsStore(path)
            for again in range(store.position.offset, number + 1):
                store.add(batch(again, batches[again]))
    store.flush()
    truth, found = truth_of(batches), stored(path, k=5)
    assert HASHTAGS <= len(found) <= HASHTAGS + 12
    for key, partners in found.items():
        listed = {partner.key: partner for partner in partners.partners}
        for partner in listed.values():
            assert partner.least <= truth[key, partner.key] <= partner.most
        others = (posts for (one, other), posts in truth.items() if one == key and other not in listed)
        assert max(others, default=0) <= partners.beyond
    assert any(partner.least < partner.most for partners in found.values() for partner in partners.partners)


def test_while_nothing_is_left_out_every_number_is_exact(tmp_path):
    batches = list(made_up(3))
    store = begun(tmp_path / COUNTS_FILE)
    for number, posts in enumerate(batches):
        store.add(batch(number, posts))
    store.flush()
    truth = truth_of(batches)
    found = {
        (key, partner.key): (partner.least, partner.most)
        for key, partners in stored(tmp_path / COUNTS_FILE, k=1_000).items()
        for partner in partners.partners
    }
    assert found == {pair: (posts, posts) for pair, posts in truth.items()}


def test_a_repeated_batch_and_a_second_flush_change_no_pair(tmp_path):
    store = begun(tmp_path / COUNTS_FILE)
    store.add(batch(0, [["tea", "milk"]]))
    assert list(store.flush()) == [DAY]
    store.add(batch(0, [["tea", "milk"]]))
    assert store.flush() == {}
    assert stored(tmp_path / COUNTS_FILE)["tea"] == Partners(0, [Partner("milk", 1, 1)])


def test_on_a_day_begun_by_a_version_without_pairs_each_earlier_post_may_have_had_the_partner(tmp_path):
    path = tmp_path / COUNTS_FILE
    store = begun(path)
    store.add(batch(0, [["tea", "milk"]] * 3))
    store.flush()
    for table in ("pairs", "paired"):
        store._file._database.execute(f"DROP TABLE {table}")
    store.close()
    for number in (1, 2):
        # The second opening finds the table.
        store = CountsStore(path)
        store.add(batch(number, [["tea", "milk"], ["sugar", "milk"]]))
        store.flush()
        store.close()
    assert stored(path)["tea"] == Partners(3, [Partner("milk", 2, 5)])
    assert stored(path)["sugar"] == Partners(0, [Partner("milk", 2, 2)])


def test_after_a_version_without_pairs_counted_on_the_bounds_have_its_posts(tmp_path):
    path = tmp_path / COUNTS_FILE
    store = begun(path)
    store.add(batch(0, [["tea", "milk"]] * 3))
    store.flush()
    store._file._database.execute("UPDATE paired SET counted = 0")
    store.close()
    store = CountsStore(path)
    store.add(batch(1, [["tea", "milk"]]))
    store.flush()
    assert stored(path)["tea"] == Partners(3, [Partner("milk", 1, 4)])


def test_a_hashtag_that_stood_alone_before_has_exact_pairs(tmp_path):
    store = begun(tmp_path / COUNTS_FILE)
    store.add(batch(0, [["tea"]] * 5))
    store.add(batch(1, [["tea", "milk"]]))
    store.flush()
    assert stored(tmp_path / COUNTS_FILE)["tea"] == Partners(0, [Partner("milk", 1, 1)])


def test_the_pairs_of_a_closed_day_are_deleted_with_its_counts(tmp_path):
    path = tmp_path / COUNTS_FILE
    store = begun(path)
    store.add(batch(0, [["tea", "milk"]]))
    next_noon = encode_posts([Post("a:2", NOON + timedelta(days=1), "en", ["a", "b"], [])])
    store.add(batch_of(batch_rows(parse(next_noon), 1, 2)))
    store.retire_days_before(NEXT)
    store.delete_some()
    assert stored(path) == {}
    with Snapshot(path) as snapshot:
        assert [key for key, _ in snapshot.pairs(NEXT)] == ["a", "b"]


def test_a_damaged_summary_is_refused():
    stored_bytes = encode_summary(PairSummary(3, 0, {"milk": 2}), b"here")
    assert decode_summary(stored_bytes, b"here") == PairSummary(3, 0, {"milk": 2})
    for damaged, place in ((stored_bytes, b"there"), (stored_bytes[:-1] + b"\x00", b"here")):
        with pytest.raises(DamagedCountError):
            decode_summary(damaged, place)


@pytest.mark.usefixtures("small")
def test_a_flush_in_parts_leaves_the_same_bytes_as_one_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming.state.store, "ROWS_AT_ONCE", 5)
    random = Random(3)
    parts, at_once = begun(tmp_path / "parts" / COUNTS_FILE), begun(tmp_path / "at once" / COUNTS_FILE)
    ahead = 0
    for number, posts in enumerate(made_up(80)):
        for store in (parts, at_once):
            store.add(batch(number, posts))
        for _ in range(random.randrange(30)):
            ahead += parts.write_some()
        if number % 6 == 5:
            changes = [store.flush()[DAY] for store in (parts, at_once)]
            assert changes[0] == changes[1]
            assert rows_of(parts) == rows_of(at_once)
    assert ahead > 100


def rows_of(store: CountsStore) -> list[list[tuple]]:
    return [
        store._file._database.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
        for table in ("counts", "pairs", "stream")
    ]


def test_flushed_pairs_do_not_change_with_later_batches(tmp_path):
    store = begun(tmp_path / COUNTS_FILE)
    store.add(batch(0, [["tea", "milk"]]))
    flushed = store.flush()[DAY].changed
    store.add(batch(1, [["tea", "milk"], ["tea", "sugar"]]))
    assert flushed["tea"] == PairSummary(1, 0, {"milk": 1})
    assert store.flush()[DAY].changed["tea"] == PairSummary(3, 0, {"milk": 2, "sugar": 1})
