"""Sums over many days: which ranks are read, what they can miss, and what they never miss."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from trendsite.queries.range_sums import CANDIDATES, FIRST_PLACES, DayList, add_up, depth_of

FIRST = date(2026, 11, 1)


def day(number: int, source: str = "x") -> DayList:
    return DayList(FIRST + timedelta(days=number), source, number + (1_000 if source == "bluesky" else 0), 1)


def rows(pk: int, counts: dict[str, int], depth: int) -> list[tuple[int, str, str, int]]:
    ranked = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return [(pk, key, key.title(), posts) for key, posts in ranked[:depth]]


def test_the_most_used_of_all_days_lead() -> None:
    days = [day(0), day(1)]
    read = [*rows(0, {"cats": 9, "dogs": 5}, 10), *rows(1, {"dogs": 8, "owls": 1}, 10)]
    found = add_up(days, read, 10)
    assert found.keys == ["dogs", "cats", "owls"]
    assert [[place.key for place in found.first_places[one.date]] for one in days] == [
        ["cats", "dogs"],
        ["dogs", "owls"],
    ]
    assert (found.floor, found.at_most) == (0, 0)


def test_a_date_of_two_networks_has_one_list() -> None:
    days = [day(0), day(0, "bluesky")]
    read = [*rows(0, {"cats": 9, "owls": 8}, 10), *rows(1_000, {"dogs": 9, "owls": 8}, 10)]
    (places,) = add_up(days, read, 10).first_places.values()
    assert [(place.key, place.posts) for place in places] == [("owls", 16), ("cats", 9), ("dogs", 9)]


def test_no_hashtag_that_is_left_out_has_more_posts_than_the_bound() -> None:
    random = Random(1)
    days = [day(number) for number in range(20)]
    counts = [{f"tag{random.randrange(3_000)}": random.randrange(1, 900) for _ in range(400)} for _ in days]
    depth = 60
    found = add_up(
        days, [row for one, of_day in zip(days, counts, strict=True) for row in rows(one.pk, of_day, depth)], depth
    )
    totals = Counter[str]()
    for of_day in counts:
        totals.update(of_day)
    assert len(found.keys) == CANDIDATES
    left_out = {key: posts for key, posts in totals.items() if key not in found.keys}
    assert max(left_out.values()) <= found.at_most
    assert found.at_most < sum(totals.values())


def test_fewer_ranks_are_read_of_more_days() -> None:
    assert [depth_of(lists) for lists in (0, 1, 7, 40, 365, 100_000)] == [1_000, 1_000, 1_000, 1_000, 109, FIRST_PLACES]
