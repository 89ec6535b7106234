"""The short form of ``make torture``: a made-up recording, two networks side by side, and Kafka with a cluster."""

from tests.torture.plan import Setup, make_plan
from tests.torture.run import MADE_UP, torture

SEED = 52
KAFKA_SEED = 2


def test_every_post_is_counted_once_whatever_is_done_to_the_processes() -> None:
    plan = make_plan(SEED, steps=10, ambushes=1)
    outcome = torture(plan, MADE_UP, seconds=35, write=print)
    assert outcome.errors == []
    assert outcome.posts > 9_000


def test_two_networks_side_by_side_are_counted_exactly_whatever_is_done_to_the_processes() -> None:
    plan = make_plan(SEED + 1, steps=10, ambushes=1)
    outcome = torture(plan, MADE_UP, seconds=45, write=print, networks=["bluesky", "mastodon"])
    assert outcome.errors == []
    assert outcome.posts > 20_000


def test_posts_in_kafka_are_counted_on_a_cluster_exactly_whatever_is_done_to_both(real_kafka: None) -> None:
    plan = make_plan(KAFKA_SEED, steps=12, ambushes=1, setup=Setup(broker_count=3, has_cluster=True))
    outcome = torture(plan, MADE_UP, seconds=25, write=print)
    assert outcome.errors == []
    assert outcome.posts > 6_000
