"""Arrays and objects over many lines -> objects, in pieces of any size."""

import json
import random
import tracemalloc

import pytest

from collector.sources.json_objects import MAX_OBJECT_BYTES, ObjectSplitter, is_over_lines, objects_in

OBJECTS = [{"a": 'quote " brace } { \\'}, {"b": [{"c": {}}, "]", "[{"]}, {}, {"é": "\U0001f600\n\t", "d": [[1], None]}]


def split(text: bytes, size: int, offset: int = 0) -> list[tuple[bytes, int]]:
    splitter = ObjectSplitter(offset)
    found = []
    for start in range(offset, len(text), size):
        found += splitter.feed(text[start : start + size])
    return found + splitter.finish()


@pytest.mark.parametrize("indent", [None, 0, 4])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_an_array_has_the_same_objects_for_any_pieces(indent, size):
    text = json.dumps(OBJECTS, indent=indent).encode()
    found = split(text, size)
    assert [json.loads(json_text) for json_text, _ in found] == OBJECTS
    for number, (_, end) in enumerate(found):
        assert split(text, size, end) == found[number + 1 :]


def test_objects_of_nested_arrays_and_after_one_another_are_found():
    text = b'[[{"a":1}],[{"b":2},{"c":3}]]\n{"d":4}{"e":5}\n'
    assert list(objects_in(text)) == [b'{"a":1}', b'{"b":2}', b'{"c":3}', b'{"d":4}', b'{"e":5}']


def test_text_that_is_not_an_object_is_returned_in_its_place():
    assert list(objects_in(b'[1, "a{b", {"a":1}, null]')) == [b'1, "a{b"', b'{"a":1}', b"null"]


def test_a_broken_string_loses_only_its_object():
    text = b'[\n{"a":"open},\n{"b":2},\n{"c":"}"}\n]'
    assert list(objects_in(text)) == [b'{"a":"open},', b'{"b":2}', b'{"c":"}"}']


def test_an_unfinished_object_is_returned_as_it_is():
    assert list(objects_in(b'[{"a":1},{"b":{"c":')) == [b'{"a":1}', b'{"b":{"c":']


def test_an_object_that_is_too_long_is_truncated_and_the_next_one_is_whole():
    splitter = ObjectSplitter(0)
    piece = b'{"x":"' + b"x" * 1_000_000 + b'"},'
    found = splitter.feed(b'[{"long":[')
    tracemalloc.start()
    for _ in range(2 * MAX_OBJECT_BYTES // len(piece)):
        found += splitter.feed(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    found += splitter.feed(b'{}]},{"next":1}]')
    assert found[0][0].startswith(b'[{"long"'[1:])
    assert (len(found), found[1][0]) == (2, b'{"next":1}')
    assert len(found[0][0]) < 200_000
    assert peak < 3 * MAX_OBJECT_BYTES


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'[{"id":1}]', True),
        (b"\n [\n", True),
        (b'{\n  "id": 1\n}', True),
        (b'{ "id": 1,\n  "a": 2 }', True),
        (b'{"id":1}\n{"id":2}', False),
        (b'{"id":1,"cut\n{"id":2}', False),
        (b'{"id":1,\n{"id":2}', False),
        (b"", False),
        (b"id,created_at\n", False),
    ],
)
def test_objects_over_many_lines_are_detected_by_the_beginning(head, expected):
    assert is_over_lines(head) is expected


def test_any_values_come_back_as_they_are():
    rng = random.Random(7)

    def value(depth: int = 0) -> object:
        kind = rng.random()
        if kind < 0.4 or depth > 3:
            return "".join(rng.choice('ab{}[]"\\,:é\n ') for _ in range(rng.randrange(9)))
        if kind < 0.7:
            return [value(depth + 1) for _ in range(rng.randrange(4))]
        return {str(value(9)): value(depth + 1) for _ in range(rng.randrange(4))}

    for _ in range(300):
        objects = [{"k": value()} for _ in range(rng.randrange(5))]
        text = json.dumps(objects, indent=rng.choice([None, 1])).encode()
        assert [json.loads(found) for found, _ in split(text, rng.choice([1, 5, 99]))] == objects
