"""Shapes of a day, one unit a minute and 100 high, and gaps in sentences."""

from trendsite.pages.drawing import Tick, axis, gap_bands, gaps_text, hour_bars, posts_area, rank_lines


def test_an_hour_with_posts_is_a_bar_and_other_hours_are_none():
    bars = hour_bars([4, 0, None, 8] + [None] * 20)
    assert [(bar.x // 60, bar.y, bar.height) for bar in bars] == [(0, 50.0, 50.0), (3, 0.0, 100.0)]
    assert bars[0].label == "00:00 to 01:00 UTC: 4 posts"


def test_a_day_without_posts_has_no_bars():
    assert hour_bars([None] * 24) == hour_bars([0] * 24) == []


def test_few_posts_beside_many_stay_visible():
    assert hour_bars([1, 1_000_000])[0].height == 1.0


def test_a_gap_covers_its_minutes():
    (band,) = gap_bands([("03:10", "03:25")])
    assert (band.x, band.width, band.y, band.height) == (190, 15, 0, 100)


def test_the_height_of_the_area_is_the_rate_of_posts():
    assert posts_area([(5, 10), (10, 30), (20, 30)]) == "M0 100V50.0H5V0.0H10V100.0H20V100Z"


def test_nothing_is_drawn_before_the_first_post_and_in_gaps():
    area = posts_area([(70, 10), (80, 20), (100, 30)], begin=60, gaps=[("01:20", "01:30"), ("01:35", "02:00")])
    assert area == "M60 100V50.0H70V50.0H80V100ZM90 100V0.0H95V100Z"


def test_frames_of_the_same_minute_and_days_without_posts_draw_nothing_wrong():
    assert posts_area([(0, 7), (5, 10), (5, 11)]) == "M0 100V0.0H5V100Z"
    assert posts_area([]) == posts_area([(5, 0)]) == ""


def test_a_line_breaks_where_the_hashtag_had_no_rank():
    assert rank_lines([(0, 1), (5, 10), (10, None), (15, 10)], worst=10) == ["0,4.0 5,96.0", "15,96.0 15,96.0"]


def test_a_line_breaks_where_more_than_an_hour_is_unknown():
    assert rank_lines([(0, 1), (60, 10), (126, 10)], worst=10) == ["0,4.0 60,96.0", "126,96.0 126,96.0"]


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


def test_a_sentence_names_the_gaps_by_their_times():
    assert gaps_text([]) == ""
    assert gaps_text([("03:10", "03:25")]) == "No posts came in from 03:10 to 03:25 (UTC)."
    two = gaps_text([("03:10", "03:25"), ("07:00", "24:00")])
    assert two == "No posts came in from 03:10 to 03:25 and from 07:00 to 24:00 (UTC)."


def test_a_sentence_names_only_some_of_many_gaps():
    text = gaps_text([(f"{hour:02}:00", f"{hour:02}:01") for hour in range(20)])
    assert text.endswith("from 07:00 to 07:01 and 12 more times (UTC).")
