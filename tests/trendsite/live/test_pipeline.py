"""What the site takes to be shown now."""

from tests.trendsite.stage import NOW
from trendsite.live.connection import open_redis
from trendsite.live.pipeline import Shown, read_pipeline


async def test_counts_of_another_source_than_the_collected_one_are_not_shown(stage):
    stage.show()
    stage.report_collector(source="replay-other-0123abcd", kind="replay")
    async with open_redis() as redis:
        assert (await read_pipeline(redis)).shown is None
        stage.report_collector(now=NOW)
        assert (await read_pipeline(redis)).shown == Shown(stage.source, stage.day)
