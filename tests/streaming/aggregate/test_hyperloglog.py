"""Sketches of seeded random hashes are as accurate as the formula."""

import math
import random

import pytest

from streaming.aggregate import hyperloglog
from streaming.aggregate.hyperloglog import DAY_REGISTERS, HOUR_REGISTERS

SIZES = pytest.mark.parametrize("registers", [DAY_REGISTERS, HOUR_REGISTERS])


def random_hashes(count: int, seed: int = 1) -> list[bytes]:
    choice = random.Random(seed)
    return [value.to_bytes(4, "little") for value in choice.sample(range(2**32), count)]


def sketched(hashes: list[bytes], registers: int, at_once: int) -> bytes:
    found = b""
    for start in range(0, len(hashes), at_once):
        found = hyperloglog.add(found, b"".join(hashes[start : start + at_once]), registers)
    return found


def test_an_empty_sketch_has_no_authors():
    assert hyperloglog.estimate(b"", DAY_REGISTERS) == 0
    assert hyperloglog.add(b"", b"", DAY_REGISTERS) == b""


@SIZES
@pytest.mark.parametrize("at_once", [1, 7, 1_000])
def test_few_authors_are_counted_exactly_and_repetitions_change_nothing(registers: int, at_once: int):
    hashes = random_hashes(registers // 8)
    for seen in (1, 2, registers // 8):
        again = (
            sketched(hashes[:seen] * 3, registers, 1) if at_once == 1 else sketched(hashes[:seen], registers, at_once)
        )
        assert hyperloglog.estimate(again, registers) == seen
        assert len(again) == 4 * seen


@SIZES
@pytest.mark.parametrize("count", [200, 500, 1_000, 3_000, 10_000, 100_000])
def test_many_authors_are_estimated_within_three_standard_errors(registers: int, count: int):
    standard_error = 1.04 / registers**0.5
    errors = [
        hyperloglog.estimate(sketched(random_hashes(count, seed), registers, count), registers) / count - 1
        for seed in range(8)
    ]
    assert max(map(abs, errors)) < 3 * standard_error
    assert abs(sum(errors) / len(errors)) < 3 * standard_error / len(errors) ** 0.5, "neither too many nor too few"


@SIZES
@pytest.mark.parametrize("count", [5, 31, 32, 33, 128, 129, 513, 2_000])
def test_the_estimate_does_not_depend_on_the_order_and_grouping_of_authors(registers: int, count: int):
    hashes = random_hashes(count)
    whole = hyperloglog.estimate(sketched(hashes, registers, count), registers)
    for at_once in (1, 3, 50):
        shuffled = random.Random(at_once).sample(hashes, count)
        assert hyperloglog.estimate(sketched(shuffled, registers, at_once), registers) == whole


@SIZES
def test_known_authors_change_nothing(registers: int):
    hashes = random_hashes(3_000)
    once = sketched(hashes, registers, 100)
    assert hyperloglog.add(once, b"".join(hashes[:500]), registers) == once


@SIZES
def test_a_sketch_is_never_longer_than_its_registers(registers: int):
    hashes, found = random_hashes(2_000), b""
    for author in hashes:
        found = hyperloglog.add(found, author, registers)
        assert len(found) <= registers
    assert len(sketched(hashes, registers, 2_000)) == registers


def ertl(sketch: bytes, registers: int) -> int:
    """Algorithm 6 of Ertl's paper as it stands there, by a histogram of the registers."""
    longest = 32 - registers.bit_length() + 1
    histogram = [sketch.count(rank) for rank in range(longest + 2)]
    z = registers * hyperloglog._tau(1 - histogram[longest + 1] / registers)
    for rank in range(longest, 0, -1):
        z = 0.5 * (z + histogram[rank])
    z += registers * hyperloglog._sigma(histogram[0] / registers)
    return round(registers**2 / (2 * math.log(2) * z))


@SIZES
@pytest.mark.parametrize("count", [130, 1_000, 30_000, 300_000])
def test_the_estimate_is_that_of_the_published_algorithm(registers: int, count: int):
    sketch = hyperloglog.add(b"", random.Random(count).randbytes(4 * count), registers)
    # Hashes of zeros only have the longest runs there are.
    longest = hyperloglog.add(sketch, bytes(4), registers)
    for one in (sketch, longest, longest[:-1] + bytes(1)):
        assert hyperloglog.estimate(one, registers) == ertl(one, registers)
