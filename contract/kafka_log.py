"""A log in Kafka: its address, and its chunks of posts.

A stream is one sequence of bytes with offsets, wherever its log is (contract.socket_protocol). In Kafka it lies in
chunks: whole lines of posts, one message each, in any partition of the topic. The key of a message is the source, its
header ``offset`` the offset of its first byte. So the partitions are read in parallel, several streams share a topic,
and the offsets prove that no chunk is missing or twice.

A *place* is what Kafka calls an offset: the number of a message in its partition.
"""

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contract.address import parse_address

_STREAM_ID_BYTES = 8
_TOPIC = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")

_silent = logging.getLogger("trendsite.kafka_client")
_silent.setLevel(logging.CRITICAL + 1)

USABLE_LOG_URL = "give kafka://host:9092/topic, several brokers with commas, or leave it unset for the spool"


@dataclass(frozen=True)
class KafkaTopic:
    """A topic, and the brokers (``host:port``, with commas) to ask first.

    ``properties`` are the client library's settings of a connection, such as those of TLS. They may have a password.
    """

    brokers: str
    name: str
    properties: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def commits(self) -> str:
        """The topic of the commits: the state of each stream, by source."""
        return f"{self.name}.commits"

    def settings(self, **more: object) -> dict[str, Any]:
        """Return settings of a client. The client library logs nothing itself: its errors are raised."""
        own = {"bootstrap.servers": self.brokers, "log_level": 0, "logger": _silent}
        return {**dict(self.properties), **own, **more}


def parse_kafka_url(url: str, properties: tuple[tuple[str, str], ...] = ()) -> KafkaTopic | None:
    """Return the topic of ``kafka://host:9092,…/topic``; None if it is not usable."""
    scheme, _, rest = url.partition("://")
    brokers, _, name = rest.partition("/")
    addresses = [parse_address(broker) for broker in brokers.split(",")]
    if scheme != "kafka" or None in addresses or not _TOPIC.fullmatch(name):
        return None
    return KafkaTopic(brokers, name, properties)


def new_stream_id() -> str:
    """Return the id of a new stream (contract.socket_protocol). A stream of a spool has a moment, or none."""
    return secrets.token_hex(_STREAM_ID_BYTES)


def is_kafka_stream(stream_id: str) -> bool:
    """Return whether the log of a stream is in Kafka."""
    return re.fullmatch(f"[0-9a-f]{{{2 * _STREAM_ID_BYTES}}}", stream_id) is not None


class Chunk(NamedTuple):
    """Whole lines of posts from offset ``start`` of their stream on, in ``place`` of a partition."""

    partition: int
    place: int
    start: int
    lines: bytes

    @property
    def end(self) -> int:
        """The offset after the last byte."""
        return self.start + len(self.lines)


class PlaceRange(NamedTuple):
    """The messages of a partition in places [``low``, ``high``)."""

    partition: int
    low: int
    high: int


def ranges_between(low: Mapping[int, int], high: Mapping[int, int]) -> list[PlaceRange]:
    """Return the ranges between two places of each partition, without empty ones. A new partition begins at 0."""
    ranges = (PlaceRange(partition, low.get(partition, 0), place) for partition, place in sorted(high.items()))
    return [of for of in ranges if of.low < of.high]
