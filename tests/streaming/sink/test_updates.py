import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from contract import redis_names
from streaming.aggregate.deltas import CountScope
from streaming.sink.updates import DayUpdate, LanguageUpdate, batch_updates, changed_hours, snapshot_updates
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.streaming.fake_counts import DAY, NEXT, NOON, Row, batch, changed, deltas, tag, total

MIDNIGHT, LATER = NOON + timedelta(hours=12), NOON + timedelta(hours=1)


@pytest.fixture
def small_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis keeps 3 hashtags per day and 2 per hour."""
    monkeypatch.setattr(redis_names, "DAY_HASHTAGS", 3)
    monkeypatch.setattr(redis_names, "HOUR_HASHTAGS", 2)


def updates_of(*rows: Row, clock=NOON) -> list[DayUpdate]:
    return list(batch_updates(changed(*rows), deltas(*rows), clock))


def updates_of_snapshot(path: Path, *rows: Row) -> list[DayUpdate]:
    store = CountsStore(path / COUNTS_FILE)
    store.begin(0, DAY)
    store.add(batch(*rows))
    store.flush()
    with Snapshot(path / COUNTS_FILE) as snapshot:
        return list(snapshot_updates(snapshot))


def test_an_empty_batch_gives_no_update():
    assert updates_of() == []


def test_a_batch_gives_an_update_per_day_and_language():
    rows = (
        total(9),
        total(5, language="en"),
        tag("tea", 3, spelling="Tea", authors=2),
        tag("tea", 1, language="en"),
        total(1, MIDNIGHT),
    )
    assert updates_of(*rows, clock=MIDNIGHT) == [
        DayUpdate(
            DAY,
            MIDNIGHT,
            [
                LanguageUpdate(
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
                LanguageUpdate("en", 5, {"tea": 1}, hour_posts={12: 5}, hour_counts={12: {"tea": 1}}),
            ],
        ),
        DayUpdate(NEXT, MIDNIGHT, [LanguageUpdate("*", 1, hour_posts={0: 1}, minutes={0: 1})]),
    ]


def test_an_update_has_only_the_hours_and_minutes_that_changed():
    counts = changed(total(2), total(3, LATER), tag("tea", 2))
    (update,) = batch_updates(counts, deltas(total(3, LATER)), NOON)
    (everywhere,) = update.languages
    assert (everywhere.posts, everywhere.counts) == (5, {"tea": 2})
    assert (everywhere.hour_posts, everywhere.minutes, everywhere.hour_counts) == ({13: 3}, {780: 3}, {})


def test_changed_hours_are_those_of_the_deltas():
    rows = deltas(tag("tea", 2, LATER), total(5, LATER), tag("tea", 1, NOON + timedelta(hours=3)))
    assert changed_hours(rows[CountScope(DAY, "*")]) == {13, 15}
    assert changed_hours({}) == set()


def test_an_update_without_a_total_has_none():
    (update,) = updates_of(tag("tea", 3), clock=None)
    assert (update.clock, update.languages[0].posts) == (None, None)


def test_an_update_has_the_top_hashtags_of_the_day_and_of_each_hour(small_redis):
    rows = [tag(f"t{number}", number, authors=1) for number in range(1, 6)]
    (update,) = updates_of(total(99), *rows, tag("t1", 3, LATER), tag("t2", 1, LATER))
    (everywhere,) = update.languages
    assert everywhere.posts == 99
    assert everywhere.counts == {"t5": 5, "t4": 4, "t1": 4}
    assert everywhere.authors == dict.fromkeys(everywhere.counts, 1)
    assert everywhere.spellings == {"t5": "t5", "t4": "t4", "t1": "t1"}
    assert everywhere.hour_counts == {12: {"t5": 5, "t4": 4}, 13: {"t1": 3, "t2": 1}}
    assert everywhere.hour_authors == {12: {"t5": 1, "t4": 1}, 13: {"t1": 0, "t2": 0}}


def test_the_top_is_the_same_whatever_the_order_of_the_rows(small_redis):
    rows = [tag(f"t{number}", 2, authors=1) for number in range(1, 6)]
    for order in (rows, rows[::-1]):
        (update,) = updates_of(total(99), *order)
        assert set(update.languages[0].counts) == {"t3", "t4", "t5"}
        assert set(update.languages[0].hour_counts[12]) == {"t4", "t5"}


def test_a_snapshot_without_counts_gives_no_update(tmp_path):
    assert updates_of_snapshot(tmp_path) == []


def test_a_snapshot_gives_each_day_and_language_the_latest_day_first(tmp_path):
    rows = total(9), total(1, LATER), tag("tea", 3, spelling="Tea", authors=2), tag("tea", 4, language="en")
    assert updates_of_snapshot(tmp_path, *rows, total(5, MIDNIGHT)) == [
        DayUpdate(NEXT, None, [LanguageUpdate("*", 5, hour_posts={0: 5}, minutes={0: 5})]),
        DayUpdate(
            DAY,
            None,
            [
                LanguageUpdate(
                    "*",
                    10,
                    {"tea": 3},
                    {"tea": 2},
                    {12: 9, 13: 1},
                    {12: {"tea": 3}},
                    {12: {"tea": 2}},
                    {720: 9, 780: 1},
                    {"tea": "Tea"},
                )
            ],
        ),
        DayUpdate(DAY, None, [LanguageUpdate("en", counts={"tea": 4}, hour_counts={12: {"tea": 4}})]),
    ]


def test_a_hashtag_in_the_top_of_one_hour_only_is_in_that_hour_only(small_redis, tmp_path):
    rows = [tag(f"t{number}", 10 + number) for number in range(6)]
    updates = updates_of_snapshot(tmp_path, total(99), *rows, tag("late", 2, LATER))
    ((update,),) = (day.languages for day in updates)
    assert update.counts == {"t5": 15, "t4": 14, "t3": 13}
    assert update.hour_counts == {12: {"t5": 15, "t4": 14}, 13: {"late": 2}}
    assert (update.posts, update.hour_posts) == (99, {12: 99})


@pytest.mark.parametrize("seed", range(20))
def test_the_top_of_a_snapshot_is_that_of_a_full_count(small_redis, tmp_path, seed: int):
    choice = random.Random(seed)
    rows = [
        tag(f"t{choice.randrange(30)}", choice.randint(1, 9), NOON + timedelta(hours=choice.randrange(5)))
        for _ in range(choice.choice([1, 3, 60]))
    ]
    ((update,),) = (day.languages for day in updates_of_snapshot(tmp_path, *rows))
    of_day, of_hours = Counter(), {}
    for row in rows:
        of_day[row.place.key] += row.delta[3]
        of_hours.setdefault(row.at.hour, Counter())[row.place.key] += row.delta[3]
    assert sorted(update.counts.values()) == sorted(of_day.values())[-3:]
    assert update.counts.items() <= of_day.items()
    assert update.hour_counts.keys() == of_hours.keys()
    for hour, counts in update.hour_counts.items():
        assert sorted(counts.values()) == sorted(of_hours[hour].values())[-2:]
        assert counts.items() <= of_hours[hour].items()
