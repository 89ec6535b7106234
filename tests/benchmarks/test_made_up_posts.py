"""Made-up posts, and counting them the simple way."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from benchmarks.growth import growing_day
from benchmarks.made_up_posts import Recipe, filling, is_top, post_file, post_lines, truth_of
from collector.sources.own_format import to_post


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_the_same_recipe_gives_the_same_posts():
    assert list(post_lines(Recipe(100))) == list(post_lines(Recipe(100)))
    assert list(post_lines(Recipe(100), 1)) != list(post_lines(Recipe(100), 2))


def test_every_line_is_a_post_that_the_collector_takes():
    posts = [to_post(line.encode(), lambda account, _moment: account, Counter()) for line in post_lines(Recipe(1_000))]
    assert all(posts)
    assert len({post.id for post in posts}) == 1_000
    assert {post.created_at.date().isoformat() for post in posts} == {"2026-01-05"}
    assert 150 < sum(bool(post.hashtags) for post in posts) < 250


def test_a_week_is_spread_over_its_days():
    days = Counter(line.split('"created_at":"')[1][:10] for line in post_lines(Recipe(700, hours=7 * 24)))
    assert list(days.values()) == [100] * 7


def test_filling_uses_each_hashtag_of_its_range_once():
    lines = [*post_lines(filling(0, 400, 0, 12)), *post_lines(filling(400, 4_000, 12, 12), 1)]
    hashtags = [hashtag.casefold() for line in lines for hashtag in msgspec.json.decode(line)["hashtags"]]
    assert len(hashtags) == len(set(hashtags)) == 4_000


def test_timed_posts_use_hashtags_that_are_there_already():
    def used(recipes: list[Recipe]) -> set[str]:
        lines = [line for recipe in recipes for line in post_lines(recipe)]
        return {hashtag.casefold() for line in lines for hashtag in msgspec.json.decode(line)["hashtags"]}

    warm_up, first, timed, more, timed_again = growing_day((400, 4_000), 50)
    assert used([warm_up, timed]) <= used([first])
    assert used([timed_again]) <= used([first, more])


def test_a_file_is_written_once_and_holds_every_part():
    path = post_file(Recipe(10, hours=12), Recipe(20, first_hour=12, hours=12))
    written = path.stat().st_mtime_ns
    assert post_file(Recipe(10, hours=12), Recipe(20, first_hour=12, hours=12)) == path
    assert path.stat().st_mtime_ns == written
    ids = [msgspec.json.decode(line)["id"] for line in path.read_bytes().splitlines()]
    assert len(set(ids)) == 30


def lines_file(folder: Path, *posts: tuple[str, list[str]]) -> Path:
    path = folder / "posts.ndjson"
    path.write_bytes(b"".join(msgspec.json.encode({"lang": lang, "hashtags": tags}) + b"\n" for lang, tags in posts))
    return path


def test_the_truth_counts_a_post_once_per_hashtag_in_its_language_and_in_all(tmp_path):
    truth = truth_of(lines_file(tmp_path, ("en", ["Cup", "CUP", "Final"]), ("es", ["cup"]), ("es", [])))
    assert truth.posts == {"en": 1, "es": 2, "*": 3}
    assert truth.top == {"*": [("cup", 2), ("final", 1)], "en": [("cup", 1), ("final", 1)], "es": [("cup", 1)]}


def test_the_truth_of_the_first_posts_leaves_out_the_others(tmp_path):
    assert truth_of(lines_file(tmp_path, ("en", ["a"]), ("en", ["b"])), 1).top["*"] == [("a", 1)]


def test_of_equal_counts_at_the_end_of_a_top_ten_any_is_right():
    top = [("a", 3), ("b", 1), ("c", 1)]
    assert is_top([("a", 3), ("d", 1), ("b", 1)], top)
    assert not is_top([("x", 3), ("b", 1), ("c", 1)], top)
    assert not is_top([("a", 3), ("b", 1)], top)
