"""What collector and streaming say of themselves in Redis, and the ranking that stands there."""

from datetime import date

import msgspec
import redis

from contract import redis_names
from contract.ranking import Ranking, decode_ranking
from contract.status import CollectorStatus, StreamingStatus


class Reports:
    """Reads from the Redis at ``url``; what is not there, or a Redis that is away, is None."""

    def __init__(self, url: str) -> None:
        """Connect when first needed."""
        self._redis = redis.Redis.from_url(url)

    def collector(self) -> CollectorStatus | None:
        """Return the collector's latest report."""
        report = self._get(redis_names.COLLECTOR_STATUS)
        return msgspec.json.decode(report, type=CollectorStatus) if report else None

    def streaming(self) -> StreamingStatus | None:
        """Return streaming's latest report."""
        report = self._get(redis_names.STREAMING_STATUS)
        return msgspec.json.decode(report, type=StreamingStatus) if report else None

    def ranking(self, source: str, day: date, language: str) -> Ranking | None:
        """Return a day's latest ranking in one language."""
        message = self._redis.hget(redis_names.rankings(source, day, "day"), language)
        return decode_ranking(message) if isinstance(message, bytes) else None

    def _get(self, name: str) -> bytes | None:
        try:
            value = self._redis.get(name)
        except redis.ConnectionError:
            return None
        return value if isinstance(value, bytes) else None
