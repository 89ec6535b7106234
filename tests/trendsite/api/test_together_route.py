"""/api/v1/together: the hashtags used together with one."""

import pytest

from tests.trendsite.api.conftest import ARCHIVED
from trendsite.archive.models import DayPartners

pytestmark = pytest.mark.django_db


def ask(client, query):
    response = client.get(f"/api/v1/together?{query}")
    return response.status_code, response.json()


@pytest.fixture
def tea(stage):
    stage.count("*", {"Tea": 40, "Milk": 30, "sugar": 20})
    stage.pair("tea", ("milk", 20, 20), ("sugar", 9, 12), beyond=1)
    stage.show()
    return stage


def test_the_answer_has_the_partners_with_bounds_and_shares(client, tea):
    assert ask(client, "hashtag=%23TEA") == (
        200,
        {
            "together": [
                {"key": "milk", "hashtag": "Milk", "posts": 20, "at_most": 20, "share": 0.5},
                {"key": "sugar", "hashtag": "sugar", "posts": 9, "at_most": 12, "share": 0.225},
            ],
            "others_at_most": 1,
            "day": "2026-11-22",
            "key": "tea",
            "hashtag": "Tea",
            "posts": 40,
            "source": "simulator",
        },
    )


def test_a_limit_moves_the_rest_to_the_others(client, tea):
    answer = ask(client, "hashtag=tea&limit=1")[1]
    assert ([partner["key"] for partner in answer["together"]], answer["others_at_most"]) == (["milk"], 12)
    assert ask(client, "hashtag=tea&limit=21")[0] == 400


def test_an_archived_day_is_final(client, archived):
    DayPartners.objects.create(day=archived, key="cats", partners=[0, [["dogs", "Dogs", 7, 7]]])
    response = client.get(f"/api/v1/together?hashtag=cats&day={ARCHIVED}")
    assert [partner["hashtag"] for partner in response.json()["together"]] == ["Dogs"]
    assert response["Cache-Control"] == "public, no-cache"


async def test_as_a_table_a_hashtag_runs_as_no_formula(async_client, stage):
    stage.count("*", {"tea": 4, "=1+1": 3})
    stage.pair("tea", ("=1+1", 2, 2))
    stage.show()
    response = await async_client.get("/api/v1/together?hashtag=tea&format=csv")
    lines = b"".join([part async for part in response.streaming_content]).decode().splitlines()
    assert lines == ["key,hashtag,posts,at_most,share", "'=1+1,'=1+1,2,2,0.5"]


@pytest.mark.parametrize(
    ("query", "status"), [("hashtag=coffee", 404), ("", 400), ("hashtag=tea&day=2026-01-01", 404), ("hashtag=", 400)]
)
def test_an_unknown_hashtag_or_day_is_a_sentence(client, tea, query, status):
    answered, answer = ask(client, query)
    assert (answered, list(answer)) == (status, ["error"])
