from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

import pyarrow as pa
import pyarrow.compute as pc

from contract.pairs import MAX_PAIRED_HASHTAGS
from contract.post import Post, encode_posts
from streaming.aggregate.deltas import batch_of, batch_rows, delta_rows
from streaming.aggregate.pairs import Pairs, group_pairs
from streaming.source.lines import parse

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rows_of(*posts: list[str] | tuple[datetime, list[str]]) -> pa.Table:
    timed = [post if isinstance(post, tuple) else (NOON, post) for post in posts]
    return parse(encode_posts([Post("a:1", at, "en", hashtags, hashtags) for at, hashtags in timed]))


def pairs(*posts: list[str] | tuple[datetime, list[str]]) -> dict[date, dict[str, dict[str, int]]]:
    return nested(group_pairs(delta_rows(rows_of(*posts))))


def nested(pairs: Pairs) -> dict[date, dict[str, dict[str, int]]]:
    """By day, hashtag and partner; the partners of a hashtag follow each other, each once."""
    found: dict[date, dict[str, dict[str, int]]] = {}
    for day, rows in pairs.items():
        for key, of_key in groupby(rows, itemgetter(0)):
            partners = list(of_key)
            assert key not in found.setdefault(day, {})
            found[day][key] = {partner: posts for _, partner, posts in partners}
            assert len(found[day][key]) == len(partners)
    return found


def test_each_two_hashtags_of_a_post_are_a_pair_for_both():
    assert pairs(["tea", "milk", "sugar"], ["milk", "tea"]) == {
        DAY: {
            "tea": {"milk": 2, "sugar": 1},
            "milk": {"tea": 2, "sugar": 1},
            "sugar": {"tea": 1, "milk": 1},
        }
    }


def test_posts_with_one_hashtag_or_none_have_no_pair():
    assert pairs([], ["tea"], ["milk"]) == {}


def test_pairs_count_on_the_day_of_their_post_whatever_the_hour():
    midnight = NOON + timedelta(hours=12)
    together = ["tea", "milk"]
    found = pairs((NOON, together), (NOON - timedelta(hours=12), together), (midnight, together))
    assert {day: of_day["tea"] for day, of_day in found.items()} == {DAY: {"milk": 2}, NEXT: {"milk": 1}}


def test_one_day_and_pair_are_one_row():
    rows = delta_rows(rows_of(*[["tea", "milk"], ["milk", "tea"]] * 50))
    found = rows.filter(pc.is_valid(rows["partner"])).to_pylist()
    assert [row["posts"] for row in found] == [100]


def test_of_a_post_with_many_hashtags_the_first_ones_are_pairs():
    many = [f"t{number:02}" for number in range(64)]
    (found,) = pairs(many).values()
    assert sorted(found) == many[:MAX_PAIRED_HASHTAGS]
    assert {len(partners) for partners in found.values()} == {MAX_PAIRED_HASHTAGS - 1}


def test_pairs_of_several_tasks_add_up_and_are_no_counts():
    parts = [batch_rows(rows_of(["tea", "milk"]), 0, 10), batch_rows(rows_of(["milk", "tea"]), 10, 20)]
    batch = batch_of(pa.concat_tables(parts))
    assert nested(batch.pairs) == {DAY: {"tea": {"milk": 2}, "milk": {"tea": 2}}}
    assert {scope.language: sorted(keys) for scope, keys in batch.deltas.items()} == {
        "en": ["", "milk", "tea"],
        "*": ["", "milk", "tea"],
    }
