"""``python groups.py PORT REDIS_URL``: Channels as its documentation has it, a group on the Redis pub/sub layer.

Runs in a virtual environment of its own, so it imports nothing of ours. Every ranking goes to one group.
"""

import asyncio
import sys

import django
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from redis.asyncio import Redis

_GROUP = "board"


class GroupConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One viewer, a member of the group."""

    groups = (_GROUP,)

    async def ranking(self, event: dict[str, str]) -> None:
        """Pass a ranking on."""
        await self.send(text_data=event["text"])


async def _relay(url: str) -> None:
    layer = get_channel_layer()
    async with (
        Redis.from_url(url, decode_responses=True) as redis,
        redis.pubsub(ignore_subscribe_messages=True) as subscription,
    ):
        await subscription.psubscribe("trendsite:ranking:*")
        async for message in subscription.listen():
            await layer.group_send(_GROUP, {"type": "ranking", "text": message["data"]})


async def main(port: int, url: str) -> None:
    """Serve until killed."""
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}
    settings.configure(CHANNEL_LAYERS={"default": layer}, INSTALLED_APPS=["channels"])
    django.setup()
    config = uvicorn.Config(
        GroupConsumer.as_asgi(),
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
    )
    await asyncio.gather(uvicorn.Server(config).serve(), _relay(url))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
