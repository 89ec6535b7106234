"""``python -m benchmarks.fanout.bare PORT REDIS_URL``: `websockets` alone, every ranking of Redis to everybody.

What any server in Python on this library costs at least: no choices, no status, no Django.
"""

import asyncio
import sys

from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve

from contract import redis_names


async def main(port: int, url: str) -> None:
    """Serve until killed."""
    viewers: set[ServerConnection] = set()

    async def view(viewer: ServerConnection) -> None:
        viewers.add(viewer)
        try:
            await viewer.wait_closed()
        finally:
            viewers.remove(viewer)

    async with (
        serve(view, "127.0.0.1", port, compression=None, backlog=2_048),
        Redis.from_url(url, decode_responses=True) as redis,
        redis.pubsub(ignore_subscribe_messages=True) as subscription,
    ):
        await subscription.psubscribe(redis_names.RANKING_CHANNELS)
        async for message in subscription.listen():
            broadcast(viewers, message["data"])


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
