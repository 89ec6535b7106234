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


def test_a_found_hashtag_links_to_its_page(client, stage, archive_day):
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


def test_an_empty_search_shows_only_the_form(client, stage):
    html = get(client, {})
    assert found(html) == []
    assert "Nothing found" not in html


@pytest.mark.parametrize("typed", ["nobody", "<img src=x onerror=alert(1)>", "#", "x" * 5_000, '"><b>'])
def test_a_search_without_results_says_so_and_escapes_the_text(client, stage, typed):
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


def test_a_hashtag_of_another_source_is_found_and_marked(client, stage, archive_day):
    stage.count("*", {"cats": 3})
    stage.show()
    archive_day(date(2014, 5, 21), {"*": {"EP2014": 9}}, source="replay-ep2014-0123abcd")
    html = get(client, {"q": "ep2014"})
    assert "These results are from another source: replay of ep2014." in html
    assert found(html) == [("/hashtags/ep2014/?source=replay-ep2014-0123abcd", "EP2014")]
    there = get(client, {"q": "ep2014", "source": "replay-ep2014-0123abcd"})
    assert found(there) == [("/hashtags/ep2014/?source=replay-ep2014-0123abcd", "EP2014")]
    assert "another source" not in there
    assert '<input type="hidden" name="source" value="replay-ep2014-0123abcd">' in there
    assert found(get(client, {"q": "ep2014", "source": "simulator"})) == []


def test_a_recording_is_not_searched_for_today(client, stage):
    stage.source = "replay-covid-0123abcd"
    stage.count("*", {"covid19": 3})
    stage.show()
    for typed in ("covid", "nothing"):
        assert "today" not in get(client, {"q": typed}).casefold()
