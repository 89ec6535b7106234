"""The comparison: every difference is told, with day, language, hashtag, and both numbers."""

from tests.torture.comparison import wrong_day


def hours(*posts: int) -> list[int]:
    return [*posts, *[0] * (24 - len(posts))]


def test_equal_days_have_no_difference() -> None:
    assert list(wrong_day("closed 2026-03-04", {("en", "tea"): hours(1, 2)}, {("en", "tea"): hours(1, 2)})) == []


def test_what_is_lost_counted_twice_or_in_another_hour_is_told() -> None:
    expected = {("*", "lost"): hours(1), ("en", "twice"): hours(0, 1), ("ja", "茶"): hours(1)}
    found = {("en", "twice"): hours(0, 2), ("ja", "茶"): hours(0, 1), ("ja", "new"): hours(1)}
    lost, twice, new, moved = wrong_day("closed 2026-03-04", expected, found)
    assert lost.startswith("closed 2026-03-04, *, #lost: expected 1 (1 0 ")
    assert lost.endswith("found none")
    assert "en, #twice: expected 1 (0 1 0" in twice
    assert "found 2 (0 2 0" in twice
    assert "ja, #new: expected none, found 1" in new
    assert "ja, #茶: expected 1 (1 0 0" in moved
