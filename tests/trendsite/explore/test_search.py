"""/search/: found hashtags as a plain page."""

import re
from datetime import date

import pytest

from tests.trendsite.stage import TODAY

pytestmark = pytest.mark.django_db


def get(client, query):
    response = client.get("/search/", query)
    assert response.status_code == 200
    return response.content.decode()


def found(html):
    return re.findall(r'<a class="hashtag"\s+href="([^"]*)".*?<bdi>#(.*?)</bdi>', html, re.DOTALL)


def test_what_is_found_leads_to_its_page(client, stage, archive_day):
    stage.count("*", {"WorldCup": 3, "Worldwide": 5})
    stage.show()
    archive_day(date(2026, 11, 20), {"*": {"World/Day?": 9}})
    html = get(client, {"q": "#WORLD"})
    assert found(html) == [
        ("/hashtags/worldwide/", "Worldwide"),
        ("/hashtags/worldcup/", "WorldCup"),
        ("/hashtags/world%2Fday%3F/", "World/Day?"),
    ]
    assert 'value="#WORLD"' in html
    assert f'datetime="{TODAY}"' in html


def test_a_search_without_words_only_asks(client, stage):
    html = get(client, {})
    assert found(html) == []
    assert "Nothing found" not in html


@pytest.mark.parametrize("typed", ["nobody", "<img src=x onerror=alert(1)>", "\0", "#", "x" * 5_000, '"><b>'])
def test_what_is_not_found_is_said_and_harmless(client, stage, typed):
    stage.count("*", {"cats": 3})
    stage.show()
    html = get(client, {"q": typed})
    assert "Nothing found" in html
    assert "<img" not in html
    assert "<b>" not in html


def test_every_page_has_the_search_as_a_plain_form(client, stage):
    html = client.get("/").content.decode()
    form = re.search(r'<form class="search-box".*?</form>', html, re.DOTALL)[0]
    assert 'action="/search/"' in form
    assert 'method="get"' in form
    assert 'name="q"' in form
