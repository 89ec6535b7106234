from datetime import UTC, datetime

import pytest

from contract import redis_names
from contract.pairs import LEADING_HASHTAGS, Partner
from tests.trendsite.stage import NOW, TODAY, Stage
from trendsite.archive.models import Day, DayCount, DayPartners
from trendsite.queries.groups import Selection, selected_group
from trendsite.queries.hashtag_group import read_days_of
from trendsite.queries.hiding import HidingRule, in_force, process_hiding
from trendsite.queries.redis_client import open_redis
from trendsite.queries.used_together import (
    Pair,
    PartnerHashtag,
    SourcePartners,
    UsedTogether,
    add_up,
    read_pairs,
    read_used_together,
)

pytestmark = pytest.mark.django_db


async def read(key: str = "tea", selected: Selection | None = None) -> UsedTogether:
    async with open_redis(timeout=1.0) as redis:
        group = await selected_group(redis, selected or Selection(), TODAY)
        days = await read_days_of(redis, group, key, ("*",))
        return await read_used_together(redis, group, days, 2, NOW)


def shown(found: UsedTogether) -> list[tuple]:
    return [(partner.hashtag, partner.posts, partner.at_most) for partner in found.together]


@pytest.fixture
def tea(stage: Stage) -> Stage:
    stage.count("*", {"Tea": 40, "Milk": 30, "sugar": 20, "spoon": 5})
    stage.pair("tea", ("milk", 20, 20), ("sugar", 9, 12), ("spoon", 2, 2), beyond=1)
    stage.show()
    return stage


@pytest.mark.django_db(transaction=True)
async def test_partners_have_their_spelling_bounds_and_share(tea):
    assert await read() == UsedTogether(
        [PartnerHashtag("milk", "Milk", 20, 20, 0.5), PartnerHashtag("sugar", "sugar", 9, 12, 0.225)], 2
    )


@pytest.mark.django_db(transaction=True)
async def test_a_hidden_partner_is_left_out_and_the_next_takes_its_place(tea, request):
    request.addfinalizer(lambda: process_hiding.replace(in_force([], NOW)))
    process_hiding.replace(in_force([HidingRule("milk", False, "*", None)], NOW))
    assert shown(await read()) == [("sugar", 9, 12), ("spoon", 2, 2)]


@pytest.mark.django_db(transaction=True)
async def test_networks_add_up_and_a_network_that_does_not_list_a_partner_may_have_as_many_as_it_left_out(stage):
    for source, partner, beyond in (("bluesky", ("milk", 20, 20), 3), ("mastodon", ("sugar", 4, 5), 1)):
        network = Stage(stage.client, source, running=["bluesky", "mastodon"])
        network.count("*", {"Tea": 40, "Milk": 30, "Sugar": 20})
        network.pair("tea", partner, beyond=beyond)
        network.show()
    found = await read()
    assert shown(found) == [("Milk", 20, 21), ("Sugar", 4, 8)]
    assert (found.together[0].share, found.others_at_most) == (0.25, 4)
    assert shown(await read(selected=Selection(networks=("mastodon",)))) == [("Sugar", 4, 5)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("others", "others_at_most"), [(0, 4), (1, 0), (LEADING_HASHTAGS, 4)])
async def test_a_hashtag_without_a_list_has_no_partner_unless_others_may_have_taken_its_place(
    stage, others: int, others_at_most: int
):
    stage.count("*", {"Tea": 4})
    for number in range(others):
        stage.client.hset(redis_names.pairs(stage.source, stage.day), f"t{number}", "[0,[]]")
    stage.show()
    assert await read() == UsedTogether([], others_at_most)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stage")
async def test_an_archived_day_comes_from_the_database():
    at = datetime(2026, 11, 23, 1, tzinfo=UTC)
    row = await Day.objects.acreate(source="simulator", date=TODAY, archived_at=at)
    await DayCount.objects.acreate(day=row, language="*", rank=1, key="tea", hashtag="Tea", posts=40)
    await DayCount.objects.acreate(day=row, language="*", rank=2, key="milk", hashtag="Milk", posts=30)
    assert await read("milk") == UsedTogether([], 30), "an older version counted the day"
    await DayPartners.objects.acreate(day=row, key="tea", partners=[3, [["milk", "Milk", 20, 21]]])
    assert await read() == UsedTogether([PartnerHashtag("milk", "Milk", 20, 21, 0.5)], 3)
    assert await read("milk") == UsedTogether([], 0)


def test_no_pair_has_more_posts_than_the_hashtag():
    found = add_up([SourcePartners(9, [Partner("milk", 4, 9)])], 5, 10, NOW)
    assert (shown(found), found.others_at_most) == ([("milk", 4, 5)], 5)


async def pairs(**posts: int) -> list[Pair]:
    async with open_redis(timeout=1.0) as redis:
        return await read_pairs(redis, await selected_group(redis, Selection(), TODAY), posts)


@pytest.mark.django_db(transaction=True)
async def test_each_pair_of_some_hashtags_is_found_once_with_the_better_count(tea):
    tea.pair("milk", ("tea", 18, 21), beyond=1)
    assert await pairs(tea=40, milk=30, sugar=20) == [Pair("tea", "milk", 20, 20), Pair("tea", "sugar", 9, 12)]
    assert await pairs(milk=30, sugar=20) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stage")
async def test_pairs_of_an_archived_day_come_from_the_database():
    row = await Day.objects.acreate(source="simulator", date=TODAY, archived_at=NOW)
    await DayPartners.objects.acreate(day=row, key="tea", partners=[3, [["milk", "Milk", 20, 21]]])
    assert await pairs(tea=40, milk=30) == [Pair("tea", "milk", 20, 21)]
