"""Shapes of a day, one unit a minute and 100 high."""

from trendsite.explore.drawing import Tick, axis, gap_bands, hour_bars, posts_area, rank_lines


def test_an_hour_with_posts_is_a_bar_and_others_are_none():
    bars = hour_bars([4, 0, None, 8] + [None] * 20)
    assert [(bar.x // 60, bar.y, bar.height) for bar in bars] == [(0, 50.0, 50.0), (3, 0.0, 100.0)]
    assert bars[0].said == "00:00 to 01:00 UTC: 4 posts"


def test_a_day_without_posts_has_no_bars():
    assert hour_bars([None] * 24) == hour_bars([0] * 24) == []


def test_few_posts_beside_many_can_still_be_seen():
    assert hour_bars([1, 1_000_000])[0].height == 1.0


def test_a_gap_covers_its_minutes():
    (band,) = gap_bands([("03:10", "03:25")])
    assert (band.x, band.width, band.y, band.height) == (190, 15, 0, 100)


def test_the_area_is_as_high_as_posts_came_quickly():
    assert posts_area([(5, 10), (10, 30), (20, 30)]) == "M0 100V50.0H5V0.0H10V100.0H20V100Z"


def test_frames_of_the_same_minute_and_days_without_posts_draw_nothing_wrong():
    assert posts_area([(0, 7), (5, 10), (5, 11)]) == "M0 100V0.0H5V100Z"
    assert posts_area([]) == posts_area([(5, 0)]) == ""


def test_a_line_breaks_where_the_hashtag_had_no_rank():
    assert rank_lines([(0, 1), (5, 10), (10, None), (15, 10)], worst=10) == ["0,4.0 5,96.0", "15,96.0 15,96.0"]


def test_the_axis_has_whole_hours_up_to_its_end():
    assert axis(1440) == [
        Tick(0.0, "00:00", "start"),
        Tick(25.0, "06:00", "middle"),
        Tick(50.0, "12:00", "middle"),
        Tick(75.0, "18:00", "middle"),
        Tick(100.0, "24:00", "end"),
    ]
    assert [tick.time for tick in axis(130)] == ["00:00", "01:00", "02:00"]
    assert [tick.time for tick in axis(725)] == ["00:00", "06:00"]
    assert [tick.time for tick in axis(5)] == ["00:00"]
