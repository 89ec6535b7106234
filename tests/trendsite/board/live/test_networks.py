"""Viewers of several networks: rankings are added up, each network is one of the choices, and each has its state."""

import msgspec
import pytest

from tests.trendsite.stage import Stage


@pytest.fixture
def networks(stage):
    """Two networks that run."""
    running = ["bluesky", "mastodon"]
    bluesky, mastodon = (Stage(stage.client, name, running=running) for name in running)
    bluesky.show_quiet()
    mastodon.show_quiet()
    return bluesky, mastodon


def shares(ranking):
    return [(place["key"], place["posts"], place.get("networks")) for place in msgspec.json.decode(ranking)["top"]]


async def test_all_networks_are_added_up_and_follow_each_change_of_any(networks, seat):
    bluesky, mastodon = networks
    bluesky.count("*", {"cats": 5})
    mastodon.count("*", {"cats": 2, "dogs": 4})
    viewer = await seat()
    assert shares(await viewer.ranking()) == [
        ("cats", 7, {"bluesky": 5, "mastodon": 2}),
        ("dogs", 4, {"mastodon": 4}),
    ]
    mastodon.count("*", {"cats": 2, "dogs": 9})
    assert shares(await viewer.ranking())[0] == ("dogs", 9, {"mastodon": 9})
    bluesky.count("*", {"cats": 50})
    assert shares(await viewer.ranking())[0] == ("cats", 52, {"bluesky": 50, "mastodon": 2})


async def test_one_chosen_network_is_published_and_not_computed(networks, seat, broadcaster):
    bluesky, mastodon = networks
    bluesky.count("*", {"cats": 5})
    stored = mastodon.count("*", {"dogs": 4})
    viewer = await seat("?networks=mastodon")
    ranking = await viewer.ranking()
    assert ranking == f'{stored[:-1]},"networks":["mastodon"]}}'
    bluesky.count("*", {"cats": 6})
    newer = mastodon.count("*", {"dogs": 5})
    assert await viewer.ranking() == f'{newer[:-1]},"networks":["mastodon"]}}'


async def test_a_viewer_may_choose_other_networks_at_any_time(networks, seat):
    bluesky, mastodon = networks
    bluesky.count("en", {"cats": 5})
    mastodon.count("en", {"dogs": 4})
    viewer = await seat("?languages=en")
    await viewer.ranking()
    await viewer.say('{"languages": ["en"], "networks": ["bluesky"]}')
    assert shares(await viewer.ranking(lambda ranking: ranking.get("networks") == ["bluesky"])) == [("cats", 5, None)]
    await viewer.say('{"languages": ["en"]}')
    assert len(shares(await viewer.ranking(lambda ranking: "networks" not in ranking))) == 2


async def test_a_network_that_does_not_run_has_an_empty_ranking_until_it_does(networks, seat, stage):
    networks[0].count("*", {"cats": 5})
    viewer = await seat("?networks=x")
    assert shares(await viewer.ranking()) == []
    new = Stage(stage.client, "x", running=["bluesky", "mastodon", "x"])
    new.show_quiet()
    new.count("*", {"news": 3})
    assert shares(await viewer.ranking(lambda ranking: ranking["top"])) == [("news", 3, None)]


async def test_an_unknown_network_is_refused(networks, seat):
    viewer = await seat("?networks=myspace")
    assert await viewer.closing_code() == 1008


async def test_a_change_of_one_networks_state_is_known_at_once(networks, seat):
    bluesky, mastodon = networks
    bluesky.count("*", {"cats": 5})
    viewer = await seat()
    status = await viewer.status()
    assert [(one["name"], one["state"]) for one in status["networks"]] == [
        ("bluesky", "connected"),
        ("mastodon", "connected"),
    ]
    mastodon.report_collector(state="blocked", detail="the token is refused")
    status = await viewer.status(lambda status: status["networks"][1]["state"] == "blocked")
    assert status["networks"][1]["waiting_for"] == "The collector is blocked: the token is refused"
    assert status["waiting_for"] == ""


async def test_a_hidden_hashtag_of_one_network_leaves_every_choice(networks, seat, hide):
    bluesky, mastodon = networks
    bluesky.count("*", {"spam": 9, "cats": 5})
    mastodon.count("*", {"dogs": 4})
    hide("spam")
    assert [key for key, *_ in shares(await (await seat()).ranking())] == ["cats", "dogs"]
    assert shares(await (await seat("?networks=bluesky")).ranking()) == [("cats", 5, None)]


async def test_a_second_network_that_starts_joins_the_board_of_its_viewers(stage, seat):
    bluesky = Stage(stage.client, "bluesky")
    bluesky.show_quiet()
    published = bluesky.count("*", {"cats": 5})
    viewer = await seat()
    assert await viewer.ranking() == published
    mastodon = Stage(stage.client, "mastodon", running=["bluesky", "mastodon"])
    mastodon.count("*", {"cats": 2})
    mastodon.show_quiet()
    assert shares(await viewer.ranking(lambda ranking: ranking["posts"] == 7)) == [
        ("cats", 7, {"bluesky": 5, "mastodon": 2})
    ]


async def test_a_channel_of_an_earlier_version_is_passed_over(networks, seat, stage):
    networks[0].count("*", {"cats": 5})
    viewer = await seat("?networks=bluesky")
    await viewer.ranking()
    stage.client.publish("trendsite:ranking:day:*", "{}")
    newer = networks[0].count("*", {"cats": 6})
    assert await viewer.ranking() == f'{newer[:-1]},"networks":["bluesky"]}}'


async def test_a_sum_waits_until_redis_has_all_counts_of_each_network_again(networks, seat, stage):
    bluesky, mastodon = networks
    bluesky.count("*", {"cats": 5})
    mastodon.count("*", {"cats": 2})
    viewer = await seat()
    assert msgspec.json.decode(await viewer.ranking())["posts"] == 7
    bluesky.refill()
    mastodon.count("*", {"cats": 3})
    mastodon.show_quiet()
    mastodon.count("*", {"cats": 4})
    bluesky.count("*", {"cats": 6})
    bluesky.show()
    assert msgspec.json.decode(await viewer.ranking())["posts"] == 10


async def test_a_network_whose_counts_are_refilled_has_no_empty_ranking(networks, seat):
    bluesky, mastodon = networks
    bluesky.count("*", {"cats": 5})
    mastodon.count("*", {"dogs": 4})
    viewer = await seat("?networks=bluesky")
    await viewer.ranking()
    bluesky.refill()
    mastodon.count("*", {"dogs": 4})
    mastodon.show_quiet()
    await viewer.status(lambda status: [network["name"] for network in status["networks"]] == ["bluesky", "mastodon"])
    bluesky.count("*", {"cats": 6})
    bluesky.show()
    assert msgspec.json.decode(await viewer.ranking())["posts"] == 6
