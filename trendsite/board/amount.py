"""The number that a place has its rank by, and its bar its length, for the first paint.

``static/board/amount.js`` finds the same once the page runs.
"""

from dataclasses import dataclass
from typing import Literal

from contract.ranking import RankedHashtag, Ranking, Why
from trendsite.live.choice import Choice

Measure = Literal["posts", "authors", "score"]
"""What places have their rank by: in the window ``rising`` how unusual they are."""


@dataclass(frozen=True)
class Bar:
    """A place with its ``amount``, and which share of the first one's that is, in percent."""

    place: RankedHashtag
    amount: float
    share: int


def measure_of(ranking: Ranking | Choice) -> Measure:
    """Return what a ranking is ordered by, or one of this choice would be."""
    return "score" if ranking.window == "rising" else ranking.by


def bars(ranking: Ranking) -> list[Bar]:
    """Return the places of a ranking as bars."""
    amounts = [_amount(place, measure_of(ranking)) for place in ranking.top]
    return [
        Bar(place, amount, round(100 * amount / max(1, amounts[0])))
        for place, amount in zip(ranking.top, amounts, strict=True)
    ]


def _amount(place: RankedHashtag, measure: Measure) -> float:
    if measure == "posts":
        return place.posts
    if measure == "authors":
        return place.authors or 0
    return place.why.score if isinstance(place.why, Why) else 0
