"""Redis alone: a Python process that increments a sorted set for every hashtag and language, in pipelines.

Run as ``python -m benchmarks.peers.redis_only PORT REDIS_URL``.
"""

import socket
import sys
import time
from itertools import islice

from benchmarks.peers.board import PeerBoard, groups_of

_LINES = 1_000
_PUBLISH_SECONDS = 0.2


def main(port: int, redis_url: str) -> None:
    """Count until the feed ends."""
    board = PeerBoard(redis_url)
    touched: set[tuple[str, str]] = set()
    publish_at = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as feed:
        while lines := list(islice(feed, _LINES)):
            groups = [group for line in lines for group in groups_of(line)]
            board.increment(groups)
            touched.update((day, language) for day, language, _ in groups)
            if time.monotonic() >= publish_at:
                _publish(board, touched)
                publish_at = time.monotonic() + _PUBLISH_SECONDS
    _publish(board, touched)


def _publish(board: PeerBoard, touched: set[tuple[str, str]]) -> None:
    for day, language in touched:
        board.publish(language, board.top_ten(day, language), None)
    touched.clear()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
