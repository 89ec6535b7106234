from datetime import timedelta

import pytest

import streaming.changes
from streaming.changes import DayChange, LanguageChange, day_changes
from streaming.counts_store import Changed
from tests.streaming.made_up_counts import DAY, NEXT, NOON, changed, tag, total

MIDNIGHT = NOON + timedelta(hours=12)


def test_no_counts_are_no_change():
    assert list(day_changes({}, NOON)) == []


def test_a_batchs_counts_are_parted_by_day_and_language():
    counts = changed(
        total(9),
        total(5, language="en"),
        tag("tea", 3, spelling="Tea", authors=2),
        tag("tea", 1, language="en"),
        total(1, MIDNIGHT),
    )
    assert list(day_changes(counts, MIDNIGHT)) == [
        DayChange(
            DAY,
            MIDNIGHT,
            [
                LanguageChange(
                    "*",
                    9,
                    {"tea": 3},
                    {"tea": 2},
                    {12: 9},
                    {12: {"tea": 3}},
                    {12: {"tea": 2}},
                    {720: 9},
                    {"tea": "Tea"},
                ),
                LanguageChange("en", 5, {"tea": 1}, hour_posts={12: 5}, hour_counts={12: {"tea": 1}}),
            ],
        ),
        DayChange(NEXT, MIDNIGHT, [LanguageChange("*", 1, hour_posts={0: 1}, minutes={0: 1})]),
    ]


def test_of_the_hours_and_minutes_only_those_that_changed_are_told():
    later = NOON + timedelta(hours=1)
    before = changed(total(2), total(3, later), tag("tea", 2))
    (change,) = day_changes({at: Changed(of.counts, {13}) for at, of in before.items()}, NOON)
    (everywhere,) = change.languages
    assert (everywhere.posts, everywhere.counts) == (5, {"tea": 2})
    assert (everywhere.hour_posts, everywhere.minutes, everywhere.hour_counts) == ({13: 3}, {780: 3}, {})


def test_a_language_without_a_total_has_none():
    (change,) = day_changes(changed(tag("tea", 3)), None)
    assert (change.clock, change.languages[0].posts) == (None, None)


def test_what_cannot_be_kept_is_left_out_the_largest_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streaming.changes, "KEPT_HASHTAGS", 3)
    monkeypatch.setattr(streaming.changes, "KEPT_HASHTAGS_OF_AN_HOUR", 2)
    later = NOON + timedelta(hours=1)
    rows = [tag(f"t{number}", number, authors=1) for number in range(1, 6)]
    (change,) = day_changes(changed(total(99), *rows, tag("t1", 3, later), tag("t2", 1, later)), NOON)
    (everywhere,) = change.languages
    assert everywhere.posts == 99
    assert everywhere.counts == {"t5": 5, "t4": 4, "t1": 4}
    assert everywhere.authors == dict.fromkeys(everywhere.counts, 1)
    assert everywhere.spellings == {"t5": "t5", "t4": "t4", "t1": "t1"}
    assert everywhere.hour_counts == {12: {"t5": 5, "t4": 4}, 13: {"t1": 3, "t2": 1}}
    assert everywhere.hour_authors == {12: {"t5": 1, "t4": 1}, 13: {"t1": 0, "t2": 0}}
