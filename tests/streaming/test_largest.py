import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

import streaming.changes
import streaming.largest
from streaming.changes import DayChange, LanguageChange
from streaming.counts_file import STORE
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import CountsStore
from streaming.largest import largest_changes
from tests.streaming.made_up_counts import DAY, NEXT, NOON, Row, batch, tag, total

MIDNIGHT, LATER = NOON + timedelta(hours=12), NOON + timedelta(hours=1)


def largest(path: Path, *rows: Row) -> list[DayChange]:
    store = CountsStore(path / STORE)
    store.begin(0, DAY)
    store.add(batch(*rows))
    store.keep()
    with Snapshot(path / STORE) as snapshot:
        return list(largest_changes(snapshot))


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (streaming.largest, streaming.changes):
        monkeypatch.setattr(module, "KEPT_HASHTAGS", 3)
        monkeypatch.setattr(module, "KEPT_HASHTAGS_OF_AN_HOUR", 2)


def test_nothing_counted_fills_nothing(tmp_path):
    assert largest(tmp_path) == []


def test_each_day_and_language_is_told_whole_and_the_latest_day_first(tmp_path):
    rows = total(9), total(1, LATER), tag("tea", 3, spelling="Tea", authors=2), tag("tea", 4, language="en")
    assert largest(tmp_path, *rows, total(5, MIDNIGHT)) == [
        DayChange(NEXT, None, [LanguageChange("*", 5, hour_posts={0: 5}, minutes={0: 5})]),
        DayChange(
            DAY,
            None,
            [
                LanguageChange(
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
        DayChange(DAY, None, [LanguageChange("en", counts={"tea": 4}, hour_counts={12: {"tea": 4}})]),
    ]


def test_a_hashtag_that_is_large_in_an_hour_alone_is_told_there(keeping, tmp_path):
    rows = [tag(f"t{number}", 10 + number) for number in range(6)]
    ((change,),) = (one.languages for one in largest(tmp_path, total(99), *rows, tag("late", 2, LATER)))
    assert change.counts == {"t5": 15, "t4": 14, "t3": 13}
    assert change.hour_counts == {12: {"t5": 15, "t4": 14}, 13: {"late": 2}}
    assert (change.posts, change.hour_posts) == (99, {12: 99})


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_are_those_of_a_whole_count(keeping, tmp_path, seed: int):
    choice = random.Random(seed)
    rows = [
        tag(f"t{choice.randrange(30)}", choice.randint(1, 9), NOON + timedelta(hours=choice.randrange(5)))
        for _ in range(choice.choice([1, 3, 60]))
    ]
    ((change,),) = (one.languages for one in largest(tmp_path, *rows))
    of_day, of_hours = Counter(), {}
    for row in rows:
        of_day[row.place.key] += row.addition[3]
        of_hours.setdefault(row.at.hour, Counter())[row.place.key] += row.addition[3]
    assert sorted(change.counts.values()) == sorted(of_day.values())[-3:]
    assert change.counts.items() <= of_day.items()
    assert change.hour_counts.keys() == of_hours.keys()
    for hour, counts in change.hour_counts.items():
        assert sorted(counts.values()) == sorted(of_hours[hour].values())[-2:]
        assert counts.items() <= of_hours[hour].items()
