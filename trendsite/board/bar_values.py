"""The value of each place, which gives its rank and the length of its bar, and its label, for the first paint.

``static/board/bar_values.js`` computes the same once the page runs.
"""

import math
from dataclasses import dataclass
from typing import Literal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from contract.ranking import RankedHashtag, Ranking, Why
from trendsite.board.rising_words import times_of
from trendsite.queries.choice import Choice

TIMES = "\N{MULTIPLICATION SIGN}"

Measure = Literal["posts", "authors", "score"]
"""What ranks the places. In the window ``rising`` it is the score."""


@dataclass(frozen=True)
class BarValue:
    """A place with its value as a ``label``; ``length`` is its percentage of the first place's value.

    The label of a score is how many times as many as usual: a bare score would mean nothing.
    """

    place: RankedHashtag
    label: str
    length: int


def measure_of(ranking: Ranking | Choice) -> Measure:
    """Return the measure of a ranking or of a choice."""
    return "score" if ranking.window == "rising" else ranking.by


def bar_values(ranking: Ranking) -> list[BarValue]:
    """Return the places of a ranking with their values."""
    values = [_value(place, measure_of(ranking)) for place in ranking.top]
    return [
        BarValue(place, _label(place, value, measure_of(ranking)), round(100 * value / max(1, values[0])))
        for place, value in zip(ranking.top, values, strict=True)
    ]


def _value(place: RankedHashtag, measure: Measure) -> float:
    if measure == "posts":
        return place.posts
    if measure == "authors":
        return place.authors or 0
    # The root, in standard deviations: one huge score would leave all other bars invisible.
    return math.sqrt(place.why.score) if isinstance(place.why, Why) else 0


def _label(place: RankedHashtag, value: float, measure: Measure) -> str:
    if measure != "score":
        return number_format(value, force_grouping=True)
    times = times_of(place.why) if isinstance(place.why, Why) else ""
    return f"{times}{TIMES}" if times else _("new")
