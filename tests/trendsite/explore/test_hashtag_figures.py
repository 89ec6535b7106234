"""The figures of a hashtag's day."""

from datetime import date

from trendsite.explore.hashtag_facts import HashtagFacts
from trendsite.explore.hashtag_figures import figures_of
from trendsite.live.race import Race, RaceFrame

DAY = date(2026, 11, 21)
FACTS = HashtagFacts(DAY, False, "cats", "Cats", 12, None, 2, [4, 0, 8] + [None] * 21, [])


def race(*ranks):
    """A race with a frame an hour, from 00:59 on, in which cats have these ranks."""
    frames = []
    for hour, rank in enumerate(ranks):
        others = [(f"other{place}", 9) for place in range(49)]
        top = others if rank is None else [*others[: rank - 1], ("cats", 9), *others[rank - 1 :]]
        frames.append(RaceFrame(f"{hour:02}:59:30", 500, top))
    return Race(DAY, "simulator", ["*"], False, [], [("01:10", "01:20")], {}, frames)


def test_each_hour_has_its_posts_and_the_rank_at_its_end():
    rows = figures_of(FACTS, race(3, None, 12)).rows
    assert [(row.start, row.posts, row.rank) for row in rows[:4]] == [
        ("00:00", 4, 3),
        ("01:00", 0, None),
        ("02:00", 8, 12),
        ("03:00", None, None),
    ]


def test_a_frame_on_the_hour_is_the_end_of_the_hour_before():
    frames = [RaceFrame("01:00:00", 9, [("cats", 9)]), RaceFrame("02:00:00", 9, [])]
    hourly = Race(DAY, "simulator", ["*"], True, [], [], {}, frames)
    assert [row.rank for row in figures_of(FACTS, hourly).rows[:3]] == [1, None, None]


def test_the_best_rank_is_told_with_its_first_time_and_the_scale_fits_the_worst():
    figures = figures_of(FACTS, race(12, 3, 3))
    assert (figures.best, figures.worst) == ((3, "01:59"), 25)
    assert figures.busiest.start == "02:00"
    assert figures.gaps[0].x == 70
    assert figures.gaps_said == "No posts came in from 01:10 to 01:20 (UTC)."


def test_a_hashtag_that_was_never_ranked_has_no_line():
    figures = figures_of(FACTS, race(None, None))
    assert (figures.best, figures.worst, figures.lines, figures.is_recorded) == (None, None, [], True)


def test_without_a_race_the_hours_are_still_there():
    figures = figures_of(FACTS, None)
    assert (len(figures.bars), figures.gaps, figures.is_recorded) == (2, [], False)
