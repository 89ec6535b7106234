"""The simulator: the same for the same seed and time, plausible, and paced by its clock."""

import threading
from collections import Counter
from datetime import timedelta

from collector.sources.hashtags import normalise
from collector.sources.simulator.posts import LANGUAGES, posts_of_tick
from collector.sources.simulator.source import SimulatorSource
from contract.language import LANGUAGES as KNOWN
from tests.collector.made_up import NOON

TICK = int(NOON.timestamp() * 20)


def minutes(count: int, rate: float = 250, start: int = TICK) -> list:
    return [post for tick in range(start, start + count * 1_200) for post in posts_of_tick(1, rate, tick)]


def test_a_tick_is_always_the_same_for_its_seed():
    assert posts_of_tick(1, 250, TICK) == posts_of_tick(1, 250, TICK)
    assert posts_of_tick(1, 250, TICK) != posts_of_tick(2, 250, TICK)


def test_a_day_has_about_the_configured_posts_and_each_language_its_own_night():
    hours = [
        [post.lang for i in range(100) for post in posts_of_tick(1, 250, TICK + hour * 72_000 + i)]
        for hour in range(24)
    ]
    assert 200 < sum(len(hour) for hour in hours) / 24 / 5 < 300
    japanese = [hour.count("ja") for hour in hours]
    # The first hour is noon UTC; 15:00 in Japan is 06:00 UTC, 03:00 is 18:00 UTC.
    assert japanese[18] > 3 * japanese[6]


def test_posts_look_like_a_networks():
    posts = minutes(5)
    tagged = [post for post in posts if post.hashtags]
    assert 0.17 < len(tagged) / len(posts) < 0.23
    assert len({post.id for post in posts}) == len(posts)
    assert {post.lang for post in posts} == {language.code for language in LANGUAGES} <= KNOWN
    assert all((post.hashtags, post.spellings) == normalise(post.spellings, Counter()) for post in tagged)
    times = [post.created_at for post in posts]
    assert times == sorted(times)


def test_few_hashtags_are_frequent_many_are_rare_and_some_are_spelled_in_several_ways():
    tagged = [post for post in minutes(5) if post.hashtags]
    counts = Counter(key for post in tagged for key in post.hashtags)
    top = sum(posts for _, posts in counts.most_common(len(counts) // 20))
    assert top > 0.3 * counts.total()
    assert sum(posts == 1 for posts in counts.values()) > len(counts) / 4
    favourite = counts.most_common(1)[0][0]
    written = {s for post in tagged for k, s in zip(post.hashtags, post.spellings, strict=True) if k == favourite}
    assert len(written) > 1


def test_posts_of_an_outage_are_not_simulated_and_none_comes_twice():
    now = [NOON]
    stop = threading.Event()
    source = SimulatorSource(1, 250, lambda: now[0])
    batches = source.batches(None, stop)
    first = next(batches)
    assert next(batches).posts == []
    now[0] += timedelta(seconds=1)
    second = next(batches)
    assert len(second.posts) > 100
    assert not {post.id for post in first.posts} & {post.id for post in second.posts}
    now[0] += timedelta(hours=5)
    after = next(SimulatorSource(1, 250, lambda: now[0]).batches(second.cursor, stop))
    assert min(post.created_at for post in after.posts) > now[0] - timedelta(seconds=5)


def test_a_clock_that_steps_back_repeats_no_post():
    now = [NOON]
    source = SimulatorSource(1, 250, lambda: now[0])
    batches = source.batches(None, threading.Event())
    cursor = next(batches).cursor
    now[0] -= timedelta(minutes=1)
    batch = next(batches)
    assert (batch.posts, batch.cursor) == ([], cursor)


def test_authors_are_many_few_of_them_prolific_and_always_the_same():
    posts = minutes(4)
    counts = Counter(post.author for post in posts)
    assert sum(number == 1 for number in counts.values()) > 0.8 * len(counts)
    assert counts.most_common(1)[0][1] >= 5
    assert {len(author) for author in counts} == {16}
    assert all(author.startswith(post.lang) for post in posts if (author := post.author))


def test_a_clock_that_leaps_by_hours_and_back_neither_stalls_nor_floods_nor_repeats():
    now = [NOON]
    batches = SimulatorSource(1, 250, lambda: now[0]).batches(None, threading.Event())
    next(batches)
    seen: set[str] = set()
    for leap in (5, -5, -7, 7):
        now[0] += timedelta(hours=leap)
        next(batches)
        now[0] += timedelta(seconds=1)
        posts = next(batches).posts
        assert 100 < len(posts) < 500
        assert not seen & {post.id for post in posts}
        seen |= {post.id for post in posts}
