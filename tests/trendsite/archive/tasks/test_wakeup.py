"""The site wakes the process that archives, which may run on another machine."""

import redis

from contract import redis_names
from trendsite.archive.tasks.wakeup import Wakeups, wake


def test_each_wake_up_is_a_new_text_and_stays_until_the_next(redis_client: redis.Redis) -> None:
    wakeups = Wakeups(redis_client)
    assert wakeups.read() == frozenset()
    wake(redis_client)
    first = wakeups.read()
    assert len(first) == 1
    assert wakeups.read() == Wakeups(redis_client).read() == first
    wake(redis_client)
    assert wakeups.read() - first
    assert 0 < redis_client.ttl(redis_names.ARCHIVE_WAKEUP) <= redis_names.WAKEUP_TTL


def test_a_redis_that_is_away_or_has_lost_its_keys_causes_no_run(redis_client: redis.Redis) -> None:
    class Away:
        get = redis_client.get

    wakeups = Wakeups(Away)
    wake(redis_client)
    latest = wakeups.read()

    def away(_: str) -> None:
        raise redis.ConnectionError

    Away.get = away
    assert wakeups.read() == latest
    Away.get = redis_client.get
    redis_client.flushall()
    assert not wakeups.read() - latest
