"""The languages with the most posts on the board's day: those that a reader most probably looks for in a list."""

from contract.language import LANGUAGES
from trendsite.queries.pipeline_status import read_pipeline_status
from trendsite.queries.rankings import read_posts_by_language
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

MOST = 12


async def read_busiest_languages() -> list[str]:
    """Return up to MOST codes, most posts first; none while Redis is away."""
    try:
        async with open_redis(timeout=0.5) as redis:
            shown = (await read_pipeline_status(redis)).board
            posts = await read_posts_by_language(redis, shown) if shown else {}
    except REDIS_IS_AWAY:
        return []
    return [code for code in posts if code in LANGUAGES][:MOST]
