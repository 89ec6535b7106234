"""In which hour of a day each language was seen last, as Redis knows it."""

from redis.asyncio import Redis

from contract import redis_names
from trendsite.live.pipeline import Shown
from trendsite.live.top_places import counts


async def read_last_hours(redis: Redis, shown: Shown) -> dict[str, int]:
    """Return the last UTC hour (0 to 23) of a day in which each language had posts; ``*`` is all of them.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for hour in range(24):
        pipeline.zrange(redis_names.hour_posts(shown.source, shown.day, hour), 0, -1, withscores=True)
    return {
        language: hour
        for hour, pairs in enumerate(await pipeline.execute())
        for language, posts in counts(pairs)
        if posts
    }
