"""A loop ends after a cancellation that the awaited call did not pass on."""

import asyncio

import pytest

from contract.cancellation import is_cancelled

PATIENCE_SECONDS = 60


async def ended(task: asyncio.Task[None]) -> bool:
    done, _ = await asyncio.wait([task], timeout=PATIENCE_SECONDS)
    return task in done


@pytest.mark.parametrize("moment", range(12))
async def test_a_loop_ends_at_whatever_moment_of_a_call_it_is_cancelled(moment: int) -> None:
    async def loop() -> None:
        while not is_cancelled():
            await asyncio.wait_for(asyncio.sleep(0), PATIENCE_SECONDS)

    task = asyncio.create_task(loop())
    for _ in range(moment):
        await asyncio.sleep(0)
    task.cancel()
    assert await ended(task)


async def test_a_loop_ends_if_an_error_takes_the_place_of_the_cancellation() -> None:
    async def loop() -> None:
        while not is_cancelled():
            try:
                try:
                    await asyncio.sleep(PATIENCE_SECONDS)
                finally:
                    raise OSError("the connection did not close in time")
            except OSError:
                await asyncio.sleep(0)

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    task.cancel()
    assert await ended(task)


async def test_the_end_of_a_timeout_of_ones_own_is_no_cancellation() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(PATIENCE_SECONDS)
    assert not is_cancelled()


def test_without_a_task_nothing_is_cancelled() -> None:
    with pytest.raises(RuntimeError):
        is_cancelled()
