"""The examples on the page of the API: they name what exists, show real answers, shortened, and nothing hidden."""

import asyncio
import json
from collections import Counter
from datetime import date

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpRequest

from trendsite.api import examples
from trendsite.api.examples import MOST_LINES, clear_example_cache, shortened_json, with_existing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh():
    clear_example_cache()
    yield
    clear_example_cache()


def test_a_page_has_the_answers_of_its_own_data(client, stage, archived):
    stage.count("*", {"Cats": 7, "Dogs": 3})
    stage.show()
    html = client.get("/api/").content.decode()
    assert "/api/v1/days/2026-11-20/race?languages=en" in html
    assert "/api/v1/hashtags/cats?languages=en" in html
    assert "&quot;hashtag&quot;: &quot;Cats&quot;" in html


def test_a_hashtag_disappears_from_the_examples_as_soon_as_it_is_hidden(client, stage, hide):
    stage.count("*", {"Cats": 7, "Dogs": 3})
    stage.show()
    assert "&quot;Dogs&quot;" in client.get("/api/").content.decode()
    hide("dogs")
    assert "Dogs" not in client.get("/api/").content.decode()


def test_the_answers_are_those_that_a_program_gets_whatever_the_language_of_the_page(client, stage, archived):
    stage.count("*", {"Cats": 7, "Dogs": 3})
    stage.show()
    html = client.get("/api/?lang=ar").content.decode()
    assert 'lang="ar"' in html
    assert "&quot;source_title&quot;: &quot;simulated posts&quot;" in html
    assert "منشورات محاكاة&quot;" not in html


async def test_all_who_read_the_page_at_the_same_time_share_the_answers(async_client, stage, monkeypatch):
    await sync_to_async(stage.show)()
    asked: Counter[str] = Counter()
    ask = examples._ask

    async def count_and_ask(request: HttpRequest, address: str) -> examples.Example:
        asked[address] += 1
        return await ask(request, address)

    monkeypatch.setattr(examples, "_ask", count_and_ask)
    pages = await asyncio.gather(*(async_client.get("/api/") for _ in range(5)))
    assert {page.status_code for page in pages} == {200}
    assert set(asked.values()) == {1}


def test_the_page_works_while_redis_is_away_and_without_any_day(client):
    assert client.get("/api/").status_code == 200


def test_written_days_and_hashtags_become_existing_ones():
    written = "/api/v1/range?from=2026-11-16&to=2026-11-22&hashtags=worldcup,eurovision&q=wor"
    found = with_existing(written, date(2026, 11, 20), ["a/b", "é"])
    assert found == "/api/v1/range?from=2026-11-14&to=2026-11-20&hashtags=a%2Fb,%C3%A9&q=a%2Fb"
    assert with_existing(written, None, []) == written


def test_an_existing_day_or_hashtag_may_be_one_that_is_written_for_another() -> None:
    written = "/api/v1/range?from=2026-11-16&to=2026-11-22&hashtags=worldcup,eurovision"
    found = with_existing(written, date(2026, 11, 28), ["eurovision", "cats"])
    assert found == "/api/v1/range?from=2026-11-22&to=2026-11-28&hashtags=eurovision,cats"


def test_long_lists_are_shortened_and_short_ones_stand_in_one_line():
    body = {"hours": list(range(24)), "top": [{"rank": 1}, {"rank": 2}, {"rank": 3}], "names": ["a"], "none": []}
    assert shortened_json(json.dumps(body).encode()) == (
        '{\n  "hours": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 12 more],\n'
        '  "top": [\n    {\n      "rank": 1\n    },\n    {\n      "rank": 2\n    },\n    … 1 more\n  ],\n'
        '  "names": ["a"],\n  "none": []\n}'
    )
    long = shortened_json(json.dumps({str(number): number for number in range(500)}).encode())
    assert len(long.splitlines()) == MOST_LINES + 1
