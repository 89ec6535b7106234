"""What a topic still has of a stream: its first offset, and its last lines."""

from collections.abc import Mapping, Sequence
from itertools import islice, takewhile

from collector.log.kafka_topics import ANSWER_SECONDS
from contract.kafka_log import Chunk, KafkaTopic, PlaceRange
from contract.kafka_reader import ChunkReader

_CHUNKS_BACK = 64
_CHUNKS_LOOKED_AT = 512
"""Of each partition. If more lie between the first chunks of two partitions, the later one is where all is there."""


class Beginning:
    """What retention has left of a stream, as of the last look.

    ``first_offset`` is the offset from which on the topic has every byte. ``partitions`` are those of the topic.
    """

    def __init__(self, topic: KafkaTopic, source: str) -> None:
        """Look at the stream of ``source`` later."""
        self._topic = topic
        self._source = source
        self._lows: dict[int, int] = {}
        self.partitions: list[int] = []
        self.first_offset = 0

    def look(self, end: int) -> None:
        """Look what is left of a stream up to ``end``.

        Raises:
            KafkaReadError: Kafka cannot be read.
        """
        # Nothing is collected meanwhile, so this does not wait long.
        reader = ChunkReader(self._topic, self._source, ANSWER_SECONDS)
        try:
            bounds = reader.bounds()
            lows = {places.partition: places.low for places in bounds}
            # A partition lacks chunks only if its beginning is deleted.
            if lows != self._lows and any(lows.values()):
                self.first_offset = _first_offset(reader, bounds, end)
        finally:
            reader.close()
        self._lows, self.partitions = lows, list(lows)


def _first_offset(reader: ChunkReader, bounds: Sequence[PlaceRange], end: int) -> int:
    """Return the offset from which on every byte up to ``end`` is there.

    In a partition whose beginning is deleted, chunks may be missing up to its first one. Others lie in between: before
    a pause of the network, retention may delete all of a stream, and chunks after it begin in one partition only.
    """
    first = [reader.first(places) for places in bounds if places.low > 0]
    start = max(end if chunk is None else chunk.start for chunk in first)
    before = [
        chunk
        for places in bounds
        for chunk in islice(takewhile(lambda chunk: chunk.start < start, reader.read([places])), _CHUNKS_LOOKED_AT)
    ]
    for chunk in sorted(before, key=lambda chunk: chunk.start, reverse=True):
        if chunk.end != start:
            break
        start = chunk.start
    return start


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
