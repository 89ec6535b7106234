"""The figures of a hashtag's page: its posts by the hour, and its rank over time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.race import PLACES
from trendsite.pages import drawing
from trendsite.pages.drawing import Bar, Gap
from trendsite.pages.replay import races_gaps_text
from trendsite.queries.choice import TOPS
from trendsite.queries.hashtag_day import HashtagDetails
from trendsite.queries.minutes import minute_of
from trendsite.queries.race_moments import marked_gaps
from trendsite.queries.races import Race


@dataclass(frozen=True)
class HourRow:
    """One UTC hour: its posts and the rank at its end, each None if unknown or still to come."""

    start: str
    posts: int | None
    rank: int | None
    is_to_come: bool = False


@dataclass(frozen=True)
class HashtagFigures:
    """The drawings of the page, and the same as rows.

    ``bars``, ``gaps`` and ``lines`` are shapes of :mod:`drawing`, ``unknown`` bands over hours with unknown posts.
    ``worst`` is the rank at the bottom of the lines, None if the race was not recorded or never had the hashtag.
    ``best`` is the best (rank, ``HH:MM``), the present rank included.
    """

    bars: list[Bar]
    gaps: list[Bar]
    unknown: list[Bar]
    gaps_text: str
    busiest: HourRow | None
    lines: list[str]
    worst: int | None
    best: tuple[int, str] | None
    is_recorded: bool
    rows: list[HourRow]


def figures_of(
    details: HashtagDetails, race: Race | None, now: str = "24:00", of_each: Sequence[Race] = ()
) -> HashtagFigures:
    """Return the figures of a hashtag's day up to the time ``now``. Without a race there are no ranks over time.

    ``of_each`` are the races that ``race`` adds up.
    """
    ranks = _with_rank_now(_ranks(race, details.key), details.rank, now) if race else []
    ranked = [(rank, at) for at, rank in ranks if rank is not None]
    worst = next(top for top in TOPS if top >= max(rank for rank, _ in ranked)) if ranked else None
    rows = _rows(details, ranks)
    return HashtagFigures(
        bars=drawing.hour_bars(details.hours),
        gaps=[*drawing.band_before(race.first_post), *drawing.gap_bands(marked_gaps(race))] if race else [],
        unknown=drawing.unknown_hour_bands(details.hours[: details.begun], _gaps_with_begin(race)),
        gaps_text=races_gaps_text(race, of_each) if race else "",
        busiest=max((row for row in rows if row.posts), key=lambda row: row.posts or 0, default=None),
        lines=drawing.rank_lines([(minute_of(at), rank) for at, rank in ranks], worst) if worst else [],
        worst=worst,
        best=_best(ranked),
        is_recorded=bool(ranks),
        rows=rows,
    )


def _ranks(race: Race, key: str) -> list[tuple[str, int | None]]:
    """Return (time, rank) of the hashtag in each frame, with None if it has no place there."""
    found = []
    for frame in race.frames:
        keys = [place[0] for place in frame.top]
        found.append((frame.at, keys.index(key) + 1 if key in keys else None))
    return found


def _with_rank_now(ranks: list[tuple[str, int | None]], rank: int, now: str) -> list[tuple[str, int | None]]:
    """Add the present rank, which is newer than the last frame, if frames have that many places."""
    if not ranks or rank > PLACES:
        return ranks
    return [*ranks, (max(now, ranks[-1][0]), rank)]


def _gaps_with_begin(race: Race | None) -> list[Gap]:
    if race is None:
        return []
    return [*([("00:00", race.first_post)] if race.first_post else []), *marked_gaps(race)]


def _best(ranked: list[tuple[int, str]]) -> tuple[int, str] | None:
    rank, at = min(ranked, default=(0, ""))
    return (rank, at[:5]) if rank else None


def _rows(details: HashtagDetails, ranks: list[tuple[str, int | None]]) -> list[HourRow]:
    by_minute = [(minute_of(at), rank) for at, rank in ranks]
    return [
        HourRow(f"{hour:02}:00", posts, _rank_at_end(hour, by_minute), is_to_come=hour >= details.begun)
        for hour, posts in enumerate(details.hours)
    ]


def _rank_at_end(hour: int, ranks: list[tuple[int, int | None]]) -> int | None:
    """Return the last rank in an hour or at its end, None if none was recorded."""
    return next((rank for minute, rank in reversed(ranks) if hour * 60 < minute <= (hour + 1) * 60), None)
