"""``python groups.py PORT REDIS_URL``: Channels as its documentation describes it, a group on the Redis pub/sub layer.

daphne serves it, in a virtual environment of its own, without imports of ours. Each ranking goes to one group.
"""

import asyncio
import sys

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server, twisted_loop
from django.conf import settings
from redis.asyncio import Redis

_GROUP = "board"


class GroupConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One viewer, a member of the group."""

    groups = (_GROUP,)

    async def ranking(self, event: dict[str, str]) -> None:
        """Send a ranking."""
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


def main(port: int, url: str) -> None:
    """Serve until killed."""
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}
    settings.configure(CHANNEL_LAYERS={"default": layer}, INSTALLED_APPS=["channels"])
    django.setup()
    asyncio.set_event_loop(twisted_loop)
    relay = twisted_loop.create_task(_relay(url))
    Server(GroupConsumer.as_asgi(), endpoints=build_endpoint_description_strings(host="127.0.0.1", port=port)).run()
    relay.cancel()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
