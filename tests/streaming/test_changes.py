from datetime import UTC, datetime, timedelta

import pytest

import streaming.changes
from streaming.changes import DayChange, LanguageChange, day_changes
from tests.streaming.made_up_counts import DAY, NEXT, NOON, hour_tag, hour_total, minute_total, table, tag, total


def test_no_counts_are_no_change():
    assert list(day_changes(table())) == []


def test_a_batchs_counts_are_parted_by_day_and_language():
    counts = table(
        *tag("tea", 3, spelling="Tea", authors=2),
        total(9),
        hour_tag("tea", 2),
        hour_total(4),
        minute_total(2),
        *tag("tea", 1, language="en"),
        total(5, language="en"),
    )
    assert list(day_changes(counts)) == [
        DayChange(
            DAY,
            NOON,
            [
                LanguageChange(
                    "*", 9, {"tea": 3}, {"tea": 2}, {12: 4}, {12: {"tea": 2}}, {720: 2}, [("tea", "Tea", 3)]
                ),
                LanguageChange("en", 5, {"tea": 1}),
            ],
        )
    ]


def test_days_come_in_order_each_with_its_latest_moment():
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    counts = table(total(1, midnight), total(7), total(3, NOON + timedelta(hours=1), "en"))
    assert [(change.day, change.moment) for change in day_changes(counts)] == [
        (DAY, NOON + timedelta(hours=1)),
        (NEXT, midnight),
    ]


def test_a_language_without_a_total_has_none():
    (change,) = day_changes(table(*tag("tea", 3)))
    assert (change.moment, change.languages[0].posts) == (None, None)


def test_what_cannot_be_kept_is_left_out_the_largest_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streaming.changes, "KEPT_HASHTAGS", 3)
    monkeypatch.setattr(streaming.changes, "KEPT_HASHTAGS_OF_AN_HOUR", 2)
    rows = [
        row for number in range(6) for row in [*tag(f"t{number}", number, authors=1), hour_tag(f"t{number}", number)]
    ]
    (change,) = day_changes(table(total(99), *rows))
    (everywhere,) = change.languages
    assert everywhere.posts == 99
    assert everywhere.counts == {"t5": 5, "t4": 4, "t3": 3}
    assert everywhere.authors == dict.fromkeys(everywhere.counts, 1)
    assert everywhere.spellings == [("t5", "t5", 5), ("t4", "t4", 4), ("t3", "t3", 3)]
    assert everywhere.hour_counts == {12: {"t5": 5, "t4": 4}}
