"""What the status page shows while Spark starts on a cluster: that counting waits, and where to look."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

import redis

from contract import redis_names
from streaming.config import StreamingConfig
from streaming.sink.redis_view import report_problem

WAITS_FOR_CLUSTER = "counting waits for Spark's cluster: streaming.log says for what"
_SECONDS = 1.0


@contextmanager
def start_reported(client: redis.Redis, config: StreamingConfig) -> Iterator[None]:
    """Within the block, report every second that no source is counted yet. With a ``local`` master do nothing."""
    ended = threading.Event()

    def report() -> None:
        while not ended.is_set():
            with suppress(redis.RedisError):
                for source in _sources(client, config):
                    report_problem(client, source, WAITS_FOR_CLUSTER)
            ended.wait(_SECONDS)

    thread = threading.Thread(target=report, name="start", daemon=True)
    if config.cluster:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if config.cluster:
            thread.join()


def _sources(client: redis.Redis, config: StreamingConfig) -> list[str]:
    """Return the running sources: those of the settings, or that of the only collector once it has said its name."""
    announced = cast("bytes | None", client.get(redis_names.SOURCES))
    return list(config.running) or (redis_names.decode_sources(announced) if announced else [])
