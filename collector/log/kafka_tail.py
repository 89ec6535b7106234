"""What a topic still has of a stream: its first offset, and its last lines."""

from collections.abc import Mapping

from contract.kafka_log import Chunk, KafkaTopic, PlaceRange
from contract.kafka_reader import ChunkReader

_CHUNKS_BACK = 64


def first_offset(topic: KafkaTopic, source: str, end: int) -> tuple[list[int], int]:
    """Return the partitions of a topic, and the offset from which on it has every byte of a stream up to ``end``.

    Raises:
        KafkaReadError: Kafka cannot be read.
    """
    reader = ChunkReader(topic, source)
    try:
        bounds = reader.bounds()
        # Only a partition whose beginning is deleted lacks chunks: some that began before its first one.
        shortened = [reader.first(places) for places in bounds if places.low > 0]
    finally:
        reader.close()
    starts = [end if chunk is None else chunk.start for chunk in shortened]
    return [places.partition for places in bounds], max(starts, default=0)


def read_tail(topic: KafkaTopic, source: str, places: Mapping[int, int], first: int, lines: int) -> list[Chunk]:
    """Return the last chunks of a stream in order, with at least ``lines`` lines, or all from offset ``first`` on.

    ``places`` are those of the partitions at the stream's end.

    Raises:
        KafkaReadError: Kafka cannot be read.
    """
    reader = ChunkReader(topic, source)
    back = _CHUNKS_BACK
    try:
        lows = {of.partition: of.low for of in reader.bounds()}
        while True:
            ranges = [PlaceRange(of, max(lows[of], place - back), place) for of, place in sorted(places.items())]
            chunks = sorted(reader.read(ranges), key=lambda chunk: chunk.start)
            whole = _whole(chunks, [of.partition for of in ranges if of.low > lows[of.partition]], first)
            enough = _last(whole, lines)
            if enough is not None or all(of.low == lows[of.partition] for of in ranges):
                return whole if enough is None else enough
            back *= 2
    finally:
        reader.close()


def _whole(chunks: list[Chunk], cut: list[int], first: int) -> list[Chunk]:
    """Return the chunks from which on none is missing, if the partitions ``cut`` were not read from their beginning."""
    begins = {partition: min((c.start for c in chunks if c.partition == partition), default=None) for partition in cut}
    if None in begins.values():
        return []
    start = max([first, *(begin for begin in begins.values() if begin is not None)])
    return [chunk for chunk in chunks if chunk.start >= start]


def _last(chunks: list[Chunk], lines: int) -> list[Chunk] | None:
    """Return the last chunks with at least ``lines`` lines; None if there are fewer."""
    found = 0
    for index in range(len(chunks) - 1, -1, -1):
        found += chunks[index].lines.count(b"\n")
        if found >= lines:
            return chunks[index:]
    return None
