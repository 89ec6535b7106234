"""The status line, in a real Redis."""

import asyncio

import msgspec
import redis.asyncio

from collector.commit_log import Counts
from collector.sources.simulator import SimulatorSource
from collector.sources.source import SourceState
from collector.status import Rates, report
from contract.redis_names import COLLECTOR_STATUS, STATUS_TTL
from contract.status import CollectorStatus
from tests.collector.made_up import steady
from tests.collector.test_spool import add, open_spool


def test_rates_are_those_of_the_last_five_seconds():
    rates = Rates()
    shown = [rates.at(second, Counts(posts=second * 100, tagged=second * 20)) for second in range(10)]
    assert shown[0] == (0, 0)
    assert shown[9] == (100, 20)


async def test_the_status_is_kept_in_redis_and_expires(tmp_path, redis_url, redis_client):
    spool = open_spool(tmp_path)
    add(spool, steady(4))
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        task = asyncio.create_task(
            report(client, SimulatorSource(1, 250), lambda: SourceState("blocked", "disk full"), spool)
        )
        async with asyncio.timeout(5):
            while not (stored := redis_client.get(COLLECTOR_STATUS)):
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    status = msgspec.json.decode(stored, type=CollectorStatus)
    assert (status.source, status.kind, status.state, status.detail) == (
        "simulator",
        "simulator",
        "blocked",
        "disk full",
    )
    assert (status.posts, status.tagged, status.end_offset) == (4, 4, spool.committed.end)
    assert 0 < redis_client.ttl(COLLECTOR_STATUS) <= STATUS_TTL
    spool.close()
