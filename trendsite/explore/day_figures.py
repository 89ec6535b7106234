"""The figures of a day's page: its posts over time, the gaps in them, and the moments that the scrubber has. Pure."""

from dataclasses import dataclass

from trendsite.explore import drawing
from trendsite.explore.drawing import Bar, Tick
from trendsite.explore.replay import end_of, gap_around, step_of
from trendsite.explore.times import gaps_in_words, minute_of
from trendsite.live.race import Race


@dataclass(frozen=True)
class Figures:
    """Shapes of :mod:`drawing`, the same in words, and the scrubber: from 0 to ``end`` in steps, now at ``minute``.

    ``note`` says that the moment lies in a gap; it is empty when it does not.
    """

    area: str
    gaps: list[Bar]
    gaps_said: str
    axis: list[Tick]
    end: int
    step: int
    minute: int
    note: str


def figures_of(race: Race, minute: int | None) -> Figures:
    """Return the figures of a race at a minute, None for its end."""
    end = end_of(race)
    at = end if minute is None else min(minute, end)
    gap = gap_around(race, at)
    return Figures(
        area=drawing.posts_area((minute_of(frame.at), frame.posts) for frame in race.frames),
        gaps=drawing.gap_bands(race.gaps),
        gaps_said=gaps_in_words(race.gaps),
        axis=drawing.axis(end),
        end=end,
        step=step_of(race),
        minute=at,
        note=f"No posts came from {gap[0]} to {gap[1]}: this is how it stood before." if gap else "",
    )
