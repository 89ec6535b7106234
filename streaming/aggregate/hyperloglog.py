"""HyperLogLog: the number of distinct authors, estimated from hashes. Pure, and the same in any order of authors.

A sketch is bytes. For few authors it is their hashes, one after the other, and exact. Beyond one author per eight
registers it has one byte per register: the standard error is 1.04 / sqrt(registers) (Flajolet et al., "HyperLogLog",
2007).
"""

from array import array
from collections.abc import Iterable
from functools import cache
from math import inf, log, sqrt

from streaming.aggregate.deltas import AUTHOR_BYTES

DAY_REGISTERS = 1_024
"""For the authors of a day: standard error 3.3%, exact up to 128 authors."""

HOUR_REGISTERS = 256
"""For the authors of an hour: standard error 6.5%, exact up to 32 authors."""

_HASH_BITS = 8 * AUTHOR_BYTES


def add(sketch: bytes, hashes: bytes, registers: int) -> bytes:
    """Return a sketch of ``registers`` with more authors: ``hashes`` has AUTHOR_BYTES of each, all distinct."""
    if not sketch and len(hashes) <= registers // 2:
        return hashes
    if len(sketch) == registers:
        return bytes(_raised(bytearray(sketch), array("I", hashes)))
    # The usual case, one author, without building sets.
    if len(hashes) == AUTHOR_BYTES and len(sketch) < registers // 2:
        is_known = hashes in sketch and array("I", hashes)[0] in array("I", sketch)
        return sketch if is_known else sketch + hashes
    known = set(array("I", sketch))
    unknown = {author for author in array("I", hashes) if author not in known}
    if len(known) + len(unknown) <= registers // 8:
        return sketch + array("I", unknown).tobytes()
    return bytes(_raised(_raised(bytearray(registers), known), unknown))


def estimate(sketch: bytes, registers: int) -> int:
    """Return the number of distinct authors in a sketch, estimated.

    This is Ertl's improved estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017,
    algorithm 6). It needs no correction for small or large numbers.
    """
    if len(sketch) != registers:
        return len(sketch) // AUTHOR_BYTES
    longest = _HASH_BITS - _index_bits(registers)
    z = registers * _tau(1 - sketch.count(longest + 1) / registers) / (1 << longest)
    empty = sketch.count(0)
    left, rank = registers - empty, 0
    # Counting a rank reads the whole sketch. Few sketches have the higher ones.
    while left and rank < longest:
        rank += 1
        found = sketch.count(rank)
        z += found / (1 << rank)
        left -= found
    z += registers * _sigma(empty / registers)
    return round(registers**2 / (2 * log(2) * z))


def _raised(sketch: bytearray, hashes: Iterable[int]) -> bytearray:
    """Raise each register to the longest run of zeros among its hashes, and return the sketch."""
    index_bits = _index_bits(len(sketch))
    first_rank = _HASH_BITS - index_bits + 1
    last = len(sketch) - 1
    for author in hashes:
        rank = first_rank - (author >> index_bits).bit_length()
        sketch[author & last] = max(sketch[author & last], rank)
    return sketch


def _index_bits(registers: int) -> int:
    return registers.bit_length() - 1


# There are only as many values of x as registers.
@cache
def _sigma(x: float) -> float:
    """Return Ertl's sigma, the correction for empty registers."""
    if x == 1:
        return inf
    y, z = 1.0, x
    while True:
        x *= x
        before, z = z, z + x * y
        y *= 2
        if z == before:
            return z


def _tau(x: float) -> float:
    """Return Ertl's tau, the correction for full registers."""
    if x in (0, 1):
        return 0.0
    y, z = 1.0, 1 - x
    while True:
        x = sqrt(x)
        y /= 2
        before, z = z, z - (1 - x) ** 2 * y
        if z == before:
            return z / 3
