"""What the tests of the site share: settings of their own, and a stage that fills Redis as streaming would."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
import redis
from pytest_django import Settings

from contract import redis_names
from contract.ranking import RankedHashtag, Ranking, encode_ranking, order
from contract.status import CollectorStatus, StreamingStatus

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


class Stage:
    """Redis as streaming and the collector leave it, for one source and day."""

    def __init__(self, client: redis.Redis, source: str = "simulator", day: date = TODAY) -> None:
        self.client = client
        self.source = source
        self.day = day

    def show(self) -> None:
        """Make this source and day what the board shows."""
        self.client.hset(redis_names.CURRENT, mapping={"source": self.source, "day": self.day.isoformat()})

    def count(self, language: str, counts: Mapping[str, int], posts: int | None = None) -> str:
        """Write a language's whole counts, by spelling, and publish its ranking; return the message."""
        keys = {spelling.casefold(): spelling for spelling in counts}
        total = posts if posts is not None else sum(counts.values())
        by_key = {key: counts[spelling] for key, spelling in keys.items()}
        ranked = enumerate(order(by_key.items()), start=1)
        top = [RankedHashtag(rank, keys[key], key, posts) for rank, (key, posts) in ranked]
        message = encode_ranking(Ranking(self.day, [language], "day", NOW, False, total, top)).decode()
        pipeline = self.client.pipeline()
        pipeline.delete(redis_names.counts(self.source, self.day, language))
        if by_key:
            pipeline.zadd(redis_names.counts(self.source, self.day, language), by_key)
            spellings = {key: f"{counts[spelling]} {spelling}" for key, spelling in keys.items()}
            pipeline.hset(redis_names.spellings(self.source, self.day), mapping=spellings)
        pipeline.zadd(redis_names.posts(self.source, self.day), {language: total})
        pipeline.hset(redis_names.rankings(self.source, self.day), language, message)
        pipeline.publish(redis_names.ranking_channel(language), message)
        pipeline.execute()
        return message

    def report_collector(self, now: datetime = NOW, **changes: object) -> None:
        """Report as a connected simulator, but for ``changes``."""
        status = CollectorStatus(
            source=self.source,
            kind="simulator",
            state="connected",
            detail="made-up posts",
            posts=1_000,
            tagged=200,
            posts_per_second=250.0,
            tagged_per_second=50.0,
            dropped={"not a post": 3, "closed day": 4},
            clock=now,
            end_offset=0,
            spool_bytes=0,
            updated_at=now,
        )
        for name, value in changes.items():
            setattr(status, name, value)
        self.client.set(redis_names.COLLECTOR_STATUS, msgspec.json.encode(status))

    def report_streaming(self, now: datetime = NOW) -> None:
        """Report as streaming that has counted everything."""
        status = StreamingStatus(self.source, self.day, 0, 0, 1, 0.1, 0, now)
        self.client.set(redis_names.STREAMING_STATUS, msgspec.json.encode(status))


@pytest.fixture(autouse=True)
def _own_settings(settings: Settings, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the site's tests away from the real data, and from collected static files."""
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    settings.REDIS_URL = f"unix://{tmp_path}/no-redis.sock"


@pytest.fixture
def stage(settings: Settings, redis_url: str, redis_client: redis.Redis) -> Stage:
    """An empty stage on the Redis that the site now uses."""
    settings.REDIS_URL = redis_url
    return Stage(redis_client)
