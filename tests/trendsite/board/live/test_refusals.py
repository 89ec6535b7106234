"""What the board refuses, as a viewer and whoever counts see it."""

import contextlib

import pytest
from websockets.exceptions import ConnectionClosed

from trendsite.board.live import recompute
from trendsite.board.live.limits import BURST_MESSAGES, ViewerLimits


@pytest.fixture
def limits():
    return ViewerLimits(max_total=3, max_per_address=2)


async def test_an_address_with_its_share_is_refused_until_one_leaves(stage, seat, viewers):
    first, second = await seat(), await seat()
    await first.status()
    await second.status()
    assert viewers.watching == 2
    assert await (await seat()).closing_code() == 1008
    await first.leave()
    await (await seat()).status()
    assert viewers.refused == {"address": 1}


async def test_behind_a_proxy_the_address_is_the_one_it_wrote(settings, stage, seat, viewers):
    settings.SITE_IS_HTTPS = True
    for number in range(3):
        await (await seat(**{"X-Forwarded-For": f"10.9.9.9, 192.0.2.{number}"})).status()
    assert await (await seat(**{"X-Forwarded-For": "192.0.2.7"})).closing_code() == 1013
    assert viewers.refused == {"full": 1}


async def test_a_viewer_that_sends_too_often_is_sent_away(stage, seat, viewers):
    viewer = await seat()
    # More than it may send in the seconds that a slow machine takes to send them.
    with contextlib.suppress(ConnectionClosed):
        for _ in range(3 * BURST_MESSAGES):
            await viewer.say('{"languages": ["en"]}')
    assert await viewer.closing_code() == 1008
    assert viewers.refused == {"too often": 1}


async def test_a_message_that_the_server_does_not_take_in_is_counted_too(stage, seat, viewers):
    viewer = await seat()
    await viewer.status()
    await viewer.say("x" * 100_000)
    assert await viewer.closing_code() == 1009
    await (await seat()).status()
    assert viewers.refused == {"too long": 1}


async def test_one_choice_more_than_a_process_computes_is_refused_and_a_shared_one_is_not(
    stage, seat, viewers, monkeypatch
):
    monkeypatch.setattr(recompute, "MAX_CHOICES", 1)
    first = await seat("?languages=en,es")
    await first.status()
    assert await (await seat("?languages=en,fr")).closing_code() == 1013
    sharing = await seat("?languages=en,es")
    await sharing.status()
    await sharing.say('{"languages": ["en"], "top": 50}')
    assert await sharing.closing_code() == 1013
    assert viewers.refused == {"choices": 2}


async def test_one_address_begins_so_many_choices_and_others_go_on(settings, stage, seat, viewers, monkeypatch):
    settings.SITE_IS_HTTPS = True
    monkeypatch.setattr(recompute, "MAX_CHOICES_PER_ADDRESS", 1)
    await (await seat("?languages=en,es", **{"X-Forwarded-For": "192.0.2.1"})).status()
    assert await (await seat("?languages=en,fr", **{"X-Forwarded-For": "192.0.2.1"})).closing_code() == 1013
    await (await seat("?languages=en,fr", **{"X-Forwarded-For": "192.0.2.2"})).status()
    assert viewers.refused == {"choices": 1}


@pytest.mark.parametrize("limit", ["MAX_CHOICES", "MAX_CHOICES_PER_ADDRESS"])
async def test_whoever_moves_on_from_the_last_choice_allowed_gives_it_back_first(
    stage, seat, viewers, monkeypatch, limit
):
    monkeypatch.setattr(recompute, limit, 1)
    stage.count("en", {"Tea": 2})
    stage.count("fr", {"The": 3})
    stage.show()
    viewer = await seat("?languages=en,es")
    await viewer.ranking()
    await viewer.say('{"languages": ["en", "fr"]}')
    await viewer.ranking(lambda ranking: ranking["languages"] == ["en", "fr"])
    assert viewers.refused == {}
