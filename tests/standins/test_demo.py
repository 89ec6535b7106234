"""The demos: invented posts that happen now, on a stand-in that the collector finds, with a folder of their own."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from collector.config import Config
from collector.sources.bluesky import post as bluesky
from collector.sources.mastodon import post as mastodon
from collector.sources.simulator.posts import LANGUAGES
from collector.sources.x import post as x
from contract.environment import Environment
from tests.collector.made_up import HASH_AUTHOR
from tests.standins.__main__ import environment, invented, stand_in
from tests.standins.jetstream_wire import event_1
from tests.standins.mastodon import status_of
from tests.standins.x import line_of


def test_invented_posts_happen_now_and_have_the_simulators_hashtags():
    before = datetime.now(UTC)
    make = invented(1)
    posts = [make(number) for number in range(2_000)]
    assert all(before <= post.moment <= before + timedelta(minutes=1) for post in posts)
    assert {post.language for post in posts} == {language.code for language in LANGUAGES}
    assert 0.6 < sum(bool(post.hashtags) for post in posts) / len(posts) < 0.8
    assert all(len(set(post.hashtags)) == len(post.hashtags) for post in posts)


def test_every_network_reads_what_its_stand_in_would_send():
    make = invented(1)
    for number in range(200):
        post, dropped = make(number), Counter[str]()
        line = x.to_line(line_of(post))
        read = [
            bluesky.to_post(event_1(post), HASH_AUTHOR, dropped),
            mastodon.to_post(status_of(post), HASH_AUTHOR, dropped),
            x.to_post(line.data, x.Originals(line.includes), HASH_AUTHOR, dropped),
        ]
        assert dropped == {}
        assert all(len(one.hashtags) <= len(post.hashtags) for one in read)
        assert len({tuple(one.hashtags) for one in read}) == 1


@pytest.mark.parametrize("network", ["bluesky", "mastodon", "x"])
def test_a_demo_has_a_folder_of_its_own_and_settings_that_the_collector_accepts(network, tmp_path):
    serving, settings = stand_in(network)
    with serving:
        values = environment(network, settings, {"DATA_DIR": str(tmp_path), "SOURCE": "simulator"})
    assert values["DATA_DIR"] == str(tmp_path / f"demo-{network}")
    assert (values["SOURCE"], values["DEMO_POSTS"]) == (network, "1")
    assert Config.from_env(Environment(values), network).source == network
