"""The figures of a hashtag's day."""

from datetime import date

from msgspec.structs import replace

from trendsite.pages.hashtag_figures import figures_of
from trendsite.queries.hashtag_day import HashtagDetails
from trendsite.queries.races import Race, RaceFrame

DAY = date(2026, 11, 21)
DETAILS = HashtagDetails(
    day=DAY,
    key="cats",
    hashtag="Cats",
    languages=["*"],
    posts=12,
    authors=None,
    hours=[4, 0, 8] + [None] * 21,
    source="simulator",
    final=False,
    rank=2,
    by_language=[],
)


LOW_RANKED = replace(DETAILS, rank=60)


def race(*ranks):
    """A race with a frame an hour, from 00:59 on, in which cats have these ranks."""
    frames = []
    for hour, rank in enumerate(ranks):
        others = [(f"other{place}", 9) for place in range(49)]
        top = others if rank is None else [*others[: rank - 1], ("cats", 9), *others[rank - 1 :]]
        frames.append(RaceFrame(f"{hour:02}:59:30", 500, top))
    return Race(DAY, "simulator", ["*"], False, [], [("01:10", "01:20")], {}, frames)


def test_each_hour_has_its_posts_and_the_rank_at_its_end():
    rows = figures_of(DETAILS, race(3, None, 12)).rows
    assert [(row.start, row.posts, row.rank) for row in rows[:4]] == [
        ("00:00", 4, 3),
        ("01:00", 0, None),
        ("02:00", 8, 12),
        ("03:00", None, None),
    ]


def test_a_frame_on_the_hour_ends_the_hour_before():
    frames = [RaceFrame("01:00:00", 9, [("cats", 9)]), RaceFrame("02:00:00", 9, [])]
    hourly = Race(DAY, "simulator", ["*"], True, [], [], {}, frames)
    assert [row.rank for row in figures_of(DETAILS, hourly).rows[:3]] == [1, None, None]


def test_the_best_rank_has_its_first_time_and_the_scale_fits_the_worst():
    figures = figures_of(LOW_RANKED, race(12, 3, 3))
    assert (figures.best, figures.worst) == ((3, "01:59"), 25)
    assert figures.busiest.start == "02:00"
    assert figures.gaps[0].x == 70
    assert figures.gaps_text == "No posts came in from 01:10 to 01:20 (UTC)."


def test_a_hashtag_that_was_never_ranked_has_no_line():
    figures = figures_of(LOW_RANKED, race(None, None))
    assert (figures.best, figures.worst, figures.lines, figures.is_recorded) == (None, None, [], True)


def test_the_best_rank_is_never_worse_than_the_present_one():
    figures = figures_of(DETAILS, race(12, 3, 3), now="03:14")
    assert figures.best == (2, "03:14")
    assert figures.lines[0].split()[-1] == "194,7.8"
    assert figures_of(DETAILS, race(12, 1, 3), now="03:14").best == (1, "01:59")


def test_an_hour_in_which_nothing_was_recorded_has_no_rank():
    one = race(3)
    one.frames.append(RaceFrame("12:40:00", 900, [("cats", 9)]))
    rows = figures_of(LOW_RANKED, one).rows
    assert [(row.start, row.rank) for row in rows if row.rank] == [("00:00", 3), ("12:00", 1)]
    assert len(figures_of(LOW_RANKED, one).lines) == 2


def test_unknown_hours_are_shaded_and_those_to_come_are_not():
    bands = figures_of(replace(DETAILS, begun=5), None).unknown
    assert [(band.x, band.width, band.label) for band in bands] == [
        (180, 60, "03:00 to 04:00 UTC: not known"),
        (240, 60, "04:00 to 05:00 UTC: not known"),
    ]


def test_without_a_race_the_hours_are_still_there():
    figures = figures_of(DETAILS, None)
    assert (len(figures.bars), figures.gaps, figures.is_recorded) == (2, [], False)
