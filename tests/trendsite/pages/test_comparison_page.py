"""/compare/, /embed/compare/ and the picture: what they show of archived and open days, and what they refuse."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from tests.trendsite.stage import TODAY
from trendsite.languages.models import Language

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def week(stage, archive_day):
    """Five archived days of a week, with a day missing, and an open one."""
    for ago, cats in ((6, 10), (5, 20), (4, 30), (2, 40), (1, 50)):
        archive_day(TODAY - timedelta(days=ago), {"*": {"Cats": cats, "Dogs": 5}})
    stage.count("*", {"Cats": 7, "Dogs": 9, "Birds": 1}, posts=100)
    stage.show()


def cells(html):
    """Return the texts of the table, row by row."""
    body = html.partition('<tbody id="values">')[2].partition("</tbody>")[0]
    rows = ElementTree.fromstring(f"<body>{body}</body>")
    return [["".join(cell.itertext()).strip() for cell in row] for row in rows]


def test_the_page_has_every_value_and_a_missing_day_is_not_zero(client, week):
    html = client.get("/compare/?hashtags=cats,%23Dogs&days=4").content.decode()
    assert cells(html) == [
        ["19 Nov 2026", "not known", "not known", "not known"],
        ["20 Nov 2026", "40", "5", "45"],
        ["21 Nov 2026", "50", "5", "55"],
        ["22 Nov 2026 (still counting)", "7", "9", "100"],
    ]
    assert html.count('class="gap"') == 1
    assert 'href="/compare/?hashtags=dogs&amp;days=4"' in html


def test_shares_are_in_percent_of_all_posts(client, week):
    html = client.get("/compare/?hashtags=cats&days=1&share=1").content.decode()
    assert cells(html)[0][1] == "7.00\N{NO-BREAK SPACE}%"


def test_without_hashtags_the_first_of_the_latest_day_are_compared(client, week):
    html = client.get("/compare/").content.decode()
    assert [name in html for name in ("#Dogs</bdi>", "#Cats</bdi>", "#Birds</bdi>")] == [True] * 3
    assert "Nothing was chosen yet" in html


def test_an_added_hashtag_joins_the_others_and_a_sixth_or_impossible_one_is_named(client, week):
    html = client.get("/compare/?hashtags=cats,a,b,c&add=dogs").content.decode()
    assert "#Dogs</bdi>" in html
    assert 'name="add"' not in html
    assert "Left out" not in html
    assert "Left out: <bdi>e</bdi>" in client.get("/compare/?hashtags=cats,a,b,c,d&add=e").content.decode()
    assert "is no hashtag" in client.get("/compare/?hashtags=cats&add=%E2%80%8B").content.decode()


def test_a_hidden_hashtag_says_so_and_shows_no_number(client, week, hide):
    hide("cats")
    for path in ("/compare/", "/embed/compare/"):
        html = client.get(f"{path}?hashtags=cats,dogs&days=3").content.decode()
        assert "hidden by an editor" in html
        assert [row[1] for row in cells(html)] == ["not known"] * 3
    assert "cats" not in client.get("/compare/picture.svg?hashtags=cats,dogs&days=3").content.decode().lower()


def test_the_picture_explains_itself_without_styles_or_scripts(client, week):
    answer = client.get("/compare/picture.svg?hashtags=cats,dogs&days=7&theme=dark")
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    texts = [text for text in ElementTree.fromstring(answer.content).itertext() if text.strip()]
    assert "\u2068#Cats\u2069, \u2068#Dogs\u2069" in texts
    words = "Posts · 16 November 2026 to 22 November 2026 (UTC), day by day · all languages"
    assert words in [text.translate({0x2068: None, 0x2069: None}) for text in texts]
    assert "simulated posts (simulated)" in texts
    assert any(text.endswith("/compare/") for text in texts)
    assert b"style=" not in answer.content
    assert b"<script" not in answer.content


def test_the_picture_runs_as_its_language_and_has_the_language_of_the_page(client, week):
    page = client.get("/compare/?hashtags=cats,dogs&days=7&lang=ar").content.decode()
    assert page.count("/compare/picture.svg?lang=ar&amp;hashtags=cats,dogs") == 1 + page.count('data-picture="')
    svg = ElementTree.fromstring(client.get("/compare/picture.svg?lang=ar&hashtags=cats,dogs&days=7").content)
    assert svg.get("direction") == "rtl"
    title = svg.find("{http://www.w3.org/2000/svg}text")
    assert title is not None
    assert title.get("x") == "1152"
    assert ElementTree.fromstring(client.get("/compare/picture.svg?hashtags=cats").content).get("direction") is None


def test_only_the_frame_may_be_framed(client, week):
    query = "?hashtags=cats"
    assert "frame-ancestors *" in client.get(f"/embed/compare/{query}")["Content-Security-Policy"]
    for path in ("/compare/", "/compare/picture.svg", "/embed/builder/"):
        assert "frame-ancestors 'none'" in client.get(path + query)["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["de", "ar"])
def test_numbers_in_shapes_stay_numbers_in_every_language(client, week, language):
    html = client.get(f"/compare/?hashtags=cats,dogs&days=7&lang={language}").content.decode()
    svg = html.partition('<svg class="lines"')[2].partition("</svg>")[0]
    assert 'points="' in svg
    assert "," not in svg.partition('y1="')[2].partition('"')[0]


def test_hashtags_that_nobody_used_and_sources_without_days_are_no_errors(client, week):
    assert "None of these hashtags" in client.get("/compare/?hashtags=nobody&until=2026-11-19&days=1").content.decode()
    assert client.get("/compare/?hashtags=cats&source=nobody").status_code == 404


def test_without_any_day_there_is_nothing_to_compare(client, stage):
    assert client.get("/compare/?hashtags=cats").status_code == 404


def test_without_redis_and_archived_days_nobody_claims_that_no_post_was_counted(client):
    answer = client.get("/compare/")
    assert answer.status_code == 503
    assert "Redis is away, and none of these days is archived." in answer.content.decode()


def test_archived_days_are_compared_while_redis_is_away(client, archive_day):
    archive_day(date(2026, 11, 20), {"*": {"Cats": 10}})
    html = client.get("/compare/?hashtags=cats&days=1").content.decode()
    assert cells(html) == [["20 Nov 2026", "10", "10"]]
    assert "Redis is away" in html


def test_the_builder_shows_the_frame_and_its_html(client, week):
    html = client.get("/embed/builder/?show=compare&hashtags=cats,dogs&theme=dark&width=500&share=1").content.decode()
    address = "/embed/compare/?hashtags=cats,dogs&amp;share=1&amp;theme=dark"
    assert f'src="http://testserver{address}"' in html
    assert "&lt;iframe src=&quot;http://testserver/embed/compare/?hashtags=cats,dogs" in html
    assert 'width="500"' in html
    board = client.get("/embed/builder/?window=hour&top=25&languages=en&width=1&theme=blue").content.decode()
    assert 'src="http://testserver/embed/?languages=en&amp;window=hour&amp;top=25"' in board
    assert 'width="100%"' in board


def test_a_hashtags_page_leads_to_the_comparison(client, week):
    assert 'href="/compare/?hashtags=cats"' in client.get("/hashtags/cats/").content.decode()


def test_forms_offer_the_languages_with_the_most_posts_first(client, stage, db):
    Language.objects.update(tracked=False)
    Language.objects.filter(code__in=("af", "en", "ja")).update(tracked=True)
    stage.show()
    for code, posts in (("ja", 9), ("en", 5)):
        stage.count(code, {"Cats": 1}, posts)
    stage.count("*", {"Cats": 2})
    compared = client.get("/compare/?hashtags=cats&languages=en,es").content.decode()
    select = compared.partition('<select name="languages"')[2].partition("</select>")[0]
    assert re.findall('value="([^"]+)"', select) == ["*", "en,es", "ja", "en", "af"]
    builder = client.get("/embed/builder/?languages=af").content.decode()
    assert re.findall('name="languages"\\s+value="([^"]+)"', builder) == ["af", "ja", "en"]
