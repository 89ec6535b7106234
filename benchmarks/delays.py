"""When posts arrived and when they were counted -> how long each took. Pure.

The stream is ordered and each post counts once, so both sides can be told by a number: the first
n posts had arrived, the first n posts were counted. No post has to carry a mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """That the first ``posts`` posts of the stream had been seen at ``moment``, in seconds of a steady clock."""

    moment: float
    posts: int


@dataclass(frozen=True, slots=True)
class Delay:
    """How many ``seconds`` some ``posts`` took."""

    seconds: float
    posts: int


def delays(arrived: Sequence[Seen], counted: Sequence[Seen], since: float, until: float) -> list[Delay]:
    """Return the delays of the posts that arrived in [since, until) and are counted.

    Both sequences are in order of time, and their posts never step back.
    """
    found = []
    later = iter(counted)
    reached = next(later, None)
    position = 0
    for arrival in arrived:
        while reached is not None and position < arrival.posts:
            if reached.posts <= position:
                reached = next(later, None)
                continue
            end = min(arrival.posts, reached.posts)
            if since <= arrival.moment < until:
                found.append(Delay(reached.moment - arrival.moment, end - position))
            position = end
    return found


def percentile(found: Sequence[Delay], share: float) -> float | None:
    """Return the seconds that a ``share`` of the posts (0 to 1) did not exceed; None without posts."""
    rest = share * sum(delay.posts for delay in found)
    for delay in sorted(found, key=lambda delay: delay.seconds):
        rest -= delay.posts
        if rest <= 0:
            return delay.seconds
    return None


def posts_by(seen: Sequence[Seen], moment: float) -> int:
    """Return how many posts had been seen by a moment."""
    return max((step.posts for step in seen if step.moment <= moment), default=0)


def rate_of(seen: Sequence[Seen]) -> float | None:
    """Return the posts a second from the first to the last of some steps; None when there are fewer than two."""
    if len(seen) < 2:
        return None
    return (seen[-1].posts - seen[0].posts) / (seen[-1].moment - seen[0].moment)
