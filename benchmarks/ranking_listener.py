"""Redis, listened to: when did a published ranking count the n-th post?"""

import time

import redis

from benchmarks.observer import Observer
from contract.language import ALL_LANGUAGES
from contract.ranking import decode_ranking
from contract.redis_names import ranking_channel

_LOOK_SECONDS = 0.2


class RankingListener(Observer):
    """Notes the posts of each ranking of the day in all languages; they are those of one day."""

    def __init__(self, url: str) -> None:
        """Listen to the Redis at ``url``."""
        super().__init__()
        self._url = url

    def _watch(self) -> None:
        with redis.Redis.from_url(self._url) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
            while not self._stop.is_set():
                try:
                    channel.subscribe(ranking_channel("day", ALL_LANGUAGES))
                    self._listen(channel)
                except redis.ConnectionError:
                    time.sleep(_LOOK_SECONDS)

    def _listen(self, channel: redis.client.PubSub) -> None:
        while not self._stop.is_set():
            message = channel.get_message(timeout=_LOOK_SECONDS)
            if message:
                self.note(decode_ranking(message["data"]).posts)
