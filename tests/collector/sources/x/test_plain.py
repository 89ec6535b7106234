"""The short way from a line to a post makes the same post as the long one, or leaves the line to it."""

import json
import random
from collections import Counter
from datetime import timedelta

from collector.sources.x.plain import to_plain_post
from collector.sources.x.post import Originals, to_line, to_post
from tests.collector.made_up import HASH_AUTHOR, NOON
from tests.standins.script import supply
from tests.standins.x import line_of

ODD = [None, "", 7, -1, 1.5, True, [], {}, ["a"], [None], {"tag": "x"}, "x" * 200, "\ud800", "RT @a: #Te…", "a\x00b"]
TAGS = [{"tag": "Tea"}, {"tag": ""}, {"tag": "x" * 2_000}, {"tag": None}, {}, {"text": "Tea"}, "Tea", {"tag": "T…"}]


def long_way(payload: bytes, dropped: Counter):
    line = to_line(payload)
    return to_post(line.data, Originals(line.includes), HASH_AUTHOR, dropped) if line and line.is_post else None


def changed(value: object, chance: random.Random) -> object:
    """Return JSON with one member of it, at any depth, replaced, removed or added."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(list(value))
        choice = chance.random()
        if choice < 0.1:
            return {key: of_key for key, of_key in value.items() if key != name}
        if choice < 0.2:
            return value | {chance.choice(["text", "entities", "id", "note_tweet", "errors"]): chance.choice(ODD)}
        return value | {name: changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        place = chance.randrange(len(value))
        return [*value[:place], changed(value[place], chance), *value[place + 1 :]]
    return chance.choice([chance.choice(ODD), [chance.choice(TAGS) for _ in range(chance.randrange(4))]])


def test_lines_as_x_writes_them_take_the_short_way():
    make = supply(NOON, timedelta(milliseconds=1))
    for number in range(60):
        payload = line_of(make(number))
        dropped = Counter()
        post = to_plain_post(payload, HASH_AUTHOR, dropped)
        assert post is not None
        assert (post, dropped) == (long_way(payload, Counter()), {})


def test_a_line_with_anything_else_in_it_has_the_same_post_on_both_ways():
    chance = random.Random(7)
    make = supply(NOON, timedelta(milliseconds=1))
    short = 0
    for number in range(8_000):
        value = json.loads(line_of(make(number % 60)))
        for _ in range(chance.randrange(1, 3)):
            value = changed(value, chance)
        payload = json.dumps(value).encode()
        dropped, of_long_way = Counter(), Counter()
        post = to_plain_post(payload, HASH_AUTHOR, dropped)
        expected = long_way(payload, of_long_way)
        if post is None:
            assert not dropped
        else:
            short += 1
            assert (post, dropped) == (expected, of_long_way), payload
    assert 1_000 < short < 7_000
