"""A viewer's outlet, with a browser that takes messages when the test says so."""

import asyncio
import contextlib

import pytest

from trendsite.board.viewer import MAX_AHEAD, Viewer
from trendsite.live.choice import EVERYTHING


class Browser:
    def __init__(self):
        self.got = []
        self.ready = asyncio.Event()
        self.ready.set()
        self.asked = asyncio.Event()

    async def send(self, message):
        self.asked.set()
        await self.ready.wait()
        self.got.append(message)


@pytest.fixture
def browser():
    return Browser()


@contextlib.asynccontextmanager
async def sending(viewer):
    task = asyncio.create_task(viewer.send_offers())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_slow_viewer_gets_the_newest_ranking_and_never_a_queue(browser):
    viewer = Viewer(EVERYTHING, browser.send)
    browser.ready.clear()
    async with sending(viewer):
        viewer.offer_ranking("1")
        await browser.asked.wait()
        for number in range(2, 1_000):
            viewer.offer_ranking(str(number))
        browser.ready.set()
        await settle()
    assert browser.got == ["1", "999"]


async def test_a_status_does_not_replace_a_ranking(browser):
    viewer = Viewer(EVERYTHING, browser.send)
    async with sending(viewer):
        viewer.offer_ranking("ranking")
        viewer.offer_status("status")
        await settle()
    assert sorted(browser.got) == ["ranking", "status"]


async def test_a_viewer_that_tells_what_it_received_is_never_far_behind(browser):
    viewer = Viewer(EVERYTHING, browser.send)
    async with sending(viewer):
        viewer.acknowledge(0)
        for number in range(3 * MAX_AHEAD):
            viewer.offer_ranking(str(number))
            await settle()
        assert len(browser.got) == MAX_AHEAD
        viewer.acknowledge(MAX_AHEAD)
        await settle()
    assert browser.got[-1] == str(3 * MAX_AHEAD - 1)
    assert len(browser.got) == MAX_AHEAD + 1
