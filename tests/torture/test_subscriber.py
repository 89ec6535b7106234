"""The subscriber who looks closely, shown rankings without a site."""

from datetime import UTC, date, datetime

from contract.ranking import Ranking
from tests.torture.subscriber import Subscriber

TODAY, TOMORROW = date(2026, 3, 4), date(2026, 3, 5)


def seen(*rankings: tuple[date, int]) -> list[str]:
    subscriber = Subscriber("nowhere", lambda _: None)
    for day, posts in rankings:
        subscriber.see(Ranking(day, ["*"], "day", datetime.now(UTC), final=False, posts=posts, top=[]))
    return subscriber.errors


def test_days_that_grow_and_follow_each_other_are_right() -> None:
    assert seen((TODAY, 1), (TODAY, 1), (TODAY, 9), (TOMORROW, 2), (TOMORROW, 3)) == []


def test_a_count_that_falls_is_wrong() -> None:
    assert seen((TODAY, 9), (TODAY, 8), (TODAY, 9)) == ["the posts of 2026-03-04 fell from 9 to 8"]


def test_a_day_that_comes_back_is_wrong() -> None:
    assert seen((TODAY, 9), (TOMORROW, 1), (TODAY, 9)) == ["the board went back from 2026-03-05 to 2026-03-04"]
