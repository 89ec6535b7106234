"""A bytewax dataflow: posts of one block counted together, absolute counts kept in its state, then to Redis.

Run by ``python -m bytewax.run`` in a virtual environment that has bytewax and redis; its settings
are PEER_PORT and PEER_REDIS_URL.
"""

import os
import socket
from collections import Counter
from collections.abc import Iterable

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from benchmarks.peers.board import PeerBoard, groups_of

_BLOCK_BYTES = 1024 * 1024


class _Feed(StatefulSourcePartition[bytes, int]):  # type: ignore[misc]  # bytewax is installed elsewhere
    """The lines of the feed. Its state is a byte position, to which only a replayable feed could go back."""

    def __init__(self) -> None:
        self._connection = socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"])))
        self._begun = b""
        self._position = 0

    def next_batch(self) -> Iterable[bytes]:
        block = self._connection.recv(_BLOCK_BYTES)
        if not block:
            raise StopIteration
        lines, newline, rest = block.rpartition(b"\n")
        if not newline:
            self._begun += block
            return []
        lines, self._begun = self._begun + lines, rest
        self._position += len(lines) + 1
        return lines.split(b"\n")

    def snapshot(self) -> int:
        return self._position


class _Source(FixedPartitionedSource[bytes, int]):  # type: ignore[misc]
    def list_parts(self) -> list[str]:
        return ["feed"]

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _Feed:  # noqa: ARG002 - its signature
        return _Feed()


class _Redis(StatelessSinkPartition[tuple[str, int]]):  # type: ignore[misc]
    def __init__(self) -> None:
        self._board = PeerBoard(os.environ["PEER_REDIS_URL"])

    def write_batch(self, items: list[tuple[str, int]]) -> None:
        latest = {tuple(group.split("\t")): posts for group, posts in items}
        self._board.write((day, language, key, posts) for (day, language, key), posts in latest.items())


class _Sink(DynamicSink[tuple[str, int]]):  # type: ignore[misc]
    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Redis:  # noqa: ARG002 - its signature
        return _Redis()


def _counted(lines: list[bytes]) -> Iterable[tuple[str, int]]:
    return Counter("\t".join(group) for line in lines for group in groups_of(line)).items()


def _added(total: int | None, posts: int) -> tuple[int, int]:
    total = (total or 0) + posts
    return total, total


flow = Dataflow("hashtags")
counts = op.flat_map_batch("count", op.input("feed", flow, _Source()), _counted)
op.output("redis", op.stateful_map("total", counts, _added), _Sink())
