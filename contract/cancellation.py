"""Whether the current asyncio task was asked to end."""

import asyncio


def is_cancelled() -> bool:
    """Return whether someone cancelled the current task. Every endless loop that talks to a server asks in each round.

    A cancellation gets lost if the awaited call does not pass it on: Python 3.11's ``asyncio.wait_for`` returns a
    result that comes at the same moment, and an error while a connection is closed takes its place. A task with a
    TaskGroup cannot ask: a group that ends with an error may leave it marked as cancelled.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
