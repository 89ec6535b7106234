"""The figures of a hashtag's page: its day by the hour, and its rank over time. Pure."""

from dataclasses import dataclass

from trendsite.explore import drawing
from trendsite.explore.drawing import Bar
from trendsite.explore.hashtag_facts import HashtagFacts
from trendsite.explore.times import gaps_in_words, minute_of
from trendsite.live.choice import TOPS
from trendsite.live.race import Race


@dataclass(frozen=True)
class HourRow:
    """One UTC hour: its posts, None where they are unknown or to come, and the rank at its end where it had one."""

    start: str
    posts: int | None
    rank: int | None


@dataclass(frozen=True)
class Figures:
    """What the page draws, and the same in rows.

    ``bars``, ``gaps`` and ``lines`` are shapes of :mod:`drawing`. ``worst`` is the rank at the bottom of the
    lines, None when the race never had the hashtag or was not recorded; ``best`` its best (rank, ``HH:MM``).
    """

    bars: list[Bar]
    gaps: list[Bar]
    gaps_said: str
    busiest: HourRow | None
    lines: list[str]
    worst: int | None
    best: tuple[int, str] | None
    is_recorded: bool
    rows: list[HourRow]


def figures_of(facts: HashtagFacts, race: Race | None) -> Figures:
    """Return the figures of a hashtag's day; without a race there is no rank over time."""
    ranks = _ranks(race, facts.key) if race else []
    ranked = [(rank, at) for at, rank in ranks if rank is not None]
    worst = next(top for top in TOPS if top >= max(rank for rank, _ in ranked)) if ranked else None
    rows = _rows(facts, ranks)
    return Figures(
        bars=drawing.hour_bars(facts.hours),
        gaps=drawing.gap_bands(race.gaps) if race else [],
        gaps_said=gaps_in_words(race.gaps) if race else "",
        busiest=max((row for row in rows if row.posts), key=lambda row: row.posts or 0, default=None),
        lines=drawing.rank_lines([(minute_of(at), rank) for at, rank in ranks], worst) if worst else [],
        worst=worst,
        best=_best(ranked),
        is_recorded=bool(ranks),
        rows=rows,
    )


def _ranks(race: Race, key: str) -> list[tuple[str, int | None]]:
    """Return the hashtag's rank in each frame, None where it was not among its places."""
    found = []
    for frame in race.frames:
        keys = [place[0] for place in frame.top]
        found.append((frame.at, keys.index(key) + 1 if key in keys else None))
    return found


def _best(ranked: list[tuple[int, str]]) -> tuple[int, str] | None:
    rank, at = min(ranked, default=(0, ""))
    return (rank, at[:5]) if rank else None


def _rows(facts: HashtagFacts, ranks: list[tuple[str, int | None]]) -> list[HourRow]:
    by_minute = [(minute_of(at), rank) for at, rank in ranks]
    return [HourRow(f"{hour:02}:00", posts, _rank_at_end(hour, by_minute)) for hour, posts in enumerate(facts.hours)]


def _rank_at_end(hour: int, ranks: list[tuple[int, int | None]]) -> int | None:
    """Return the last rank up to the end of an hour, None for an hour that no rank reaches into."""
    if not ranks or ranks[-1][0] <= hour * 60:
        return None
    return next((rank for minute, rank in reversed(ranks) if minute <= (hour + 1) * 60), None)
