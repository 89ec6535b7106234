"""Pauses before another try, spread at random so that those who failed together do not return together."""

import random


def jittered(seconds: float) -> float:
    """Return a pause of ``seconds`` to five quarters of it."""
    return seconds * (1 + random.random() / 4)  # noqa: S311 - nothing secret depends on it
