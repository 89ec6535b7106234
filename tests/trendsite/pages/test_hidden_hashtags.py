"""No page and no response shows a hidden hashtag: live, archived, in search or in a race."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User

from tests.trendsite.stage import NOW, TODAY
from trendsite.archive.models import DayPartners
from trendsite.moderation.models import HiddenHashtag

pytestmark = pytest.mark.django_db

YESTERDAY = TODAY - timedelta(days=1)
COUNTS = {"Secretspam": 9, "Cats": 5, "Secretcats": 4, "Dogs": 2}
SECRET = {"secretspam", "secretcats"}

PAGES = (
    "/",
    "/embed/",
    "/?languages=en,es",
    "/?languages=en&top=25",
    f"/days/{TODAY}/",
    f"/days/{TODAY}/?at=09:05",
    f"/days/{YESTERDAY}/",
    f"/days/{YESTERDAY}/?at=13:05",
    "/hashtags/dogs/",
    f"/hashtags/dogs/?day={YESTERDAY}",
    "/days/",
    "/search/?q=secret",
    "/search/?q=s",
    "/api/v1/top",
    "/api/v1/top?languages=en,es",
    f"/api/v1/top?day={YESTERDAY}",
    f"/api/v1/top?day={YESTERDAY}&languages=en,es",
    "/api/v1/together?hashtag=dogs",
    f"/api/v1/together?hashtag=dogs&day={YESTERDAY}",
    "/api/v1/days/",
    "/api/v1/hashtags/?q=secret",
    f"/api/v1/days/{TODAY}/race",
    f"/api/v1/days/{YESTERDAY}/race",
)


@pytest.fixture
def two_days(stage, archive_day, record_frame):
    """Today in Redis and recorded, yesterday archived, in all languages and in two."""
    for language in ("*", "en", "es"):
        stage.count(language, COUNTS)
        record_frame(TODAY, "09:05", COUNTS, language)
    row = archive_day(YESTERDAY, dict.fromkeys(("*", "en", "es"), COUNTS))
    stage.pair("dogs", ("secretspam", 2, 2), ("cats", 1, 1), ("secretcats", 1, 1))
    together = [["secretspam", "Secretspam", 2, 2], ["cats", "Cats", 1, 1], ["secretcats", "Secretcats", 1, 1]]
    DayPartners.objects.create(day=row, key="dogs", partners=[0, together])
    stage.show_quiet()


@pytest.fixture
def editor(client):
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get(name="editor"))
    client.force_login(user)
    return client


def named(response):
    """The hashtags whose names stand anywhere in a page or an answer."""
    words = set(re.findall(r"\w+", response.content.decode().casefold()))
    return words & {hashtag.casefold() for hashtag in COUNTS}


@pytest.mark.parametrize("address", PAGES)
def test_a_hidden_hashtag_is_on_no_page_and_in_no_response_and_comes_back_complete(two_days, client, hide, address):
    assert named(client.get(address)) & SECRET
    hide("secretspam", "secret*")
    response = client.get(address)
    assert response.status_code == 200
    assert not named(response) & SECRET
    assert "cats" in named(response) or "q=" in address
    hide()
    assert named(client.get(address)) & SECRET


def test_an_archived_ranking_is_renumbered_and_keeps_its_length(two_days, client, hide):
    hide("secretspam")
    top = client.get(f"/api/v1/top?day={YESTERDAY}&limit=3").json()["top"]
    assert [(place["rank"], place["key"]) for place in top] == [(1, "cats"), (2, "secretcats"), (3, "dogs")]


def test_a_hidden_winner_gives_way_to_the_next_hashtag(two_days, client, hide):
    hide("secretspam")
    winners = [day["winner"]["key"] for day in client.get("/api/v1/days/").json()["days"]]
    assert winners == ["cats", "cats"]


def test_a_cached_response_of_an_archived_day_is_revalidated_and_expires(two_days, client, hide):
    address = f"/api/v1/days/{YESTERDAY}/race?source=simulator"
    cached = client.get(address)
    assert "no-cache" in cached["Cache-Control"]
    assert client.get(address, headers={"if-none-match": cached["ETag"]}).status_code == 304
    hide("secretspam")
    assert client.get(address, headers={"if-none-match": cached["ETag"]}).status_code == 200


def test_a_hidden_hashtag_takes_no_rank_on_the_pages_of_others(two_days, client, hide):
    assert '<dd class="number">4</dd>' in client.get("/hashtags/dogs/").content.decode()
    hide("secretspam")
    for address in ("/hashtags/dogs/", f"/hashtags/dogs/?day={YESTERDAY}"):
        page = client.get(address).content.decode()
        assert '<dd class="number">3</dd>' in page
        assert "<td>3</td>" in page


def test_a_hidden_hashtag_has_no_page_and_no_response_for_the_public(two_days, client, hide):
    hide("secretspam")
    for address in ("/hashtags/secretspam/", "/hashtags/SecretSpam/", f"/hashtags/secretspam/?day={YESTERDAY}"):
        page = client.get(address, follow=True)
        assert page.status_code == 404
        assert "is hidden" in page.content.decode()
        assert "posts" not in page.content.decode().casefold().split("<main")[1]
    answer = client.get("/api/v1/hashtags/secretspam")
    assert (answer.status_code, answer.json()) == (404, {"error": "hashtag: #secretspam is hidden in these languages"})


def test_an_editor_sees_the_page_with_the_reason_and_unhides_it_there(two_days, editor, hide):
    row = HiddenHashtag.objects.create(
        kind="pattern", key="secret*", reason="ads <b>", until=NOW + timedelta(days=9_999)
    )
    hide("secret*")
    page = editor.get("/hashtags/secretspam/").content.decode()
    assert "Hidden" in page
    assert "ads &lt;b&gt;" in page
    assert f"/moderation/hidden/{row.pk}/unhide/" in page
    assert '<dd class="number">9</dd>' in page
    assert "Hide…" not in page


def test_only_editors_see_the_control(two_days, client, editor):
    assert "Hide…" in editor.get("/hashtags/cats/").content.decode()
    assert 'href="/moderation/"' in editor.get("/hashtags/cats/").content.decode()
    client.force_login(User.objects.create_user("bob"))
    page = client.get("/hashtags/cats/").content.decode()
    assert "Hide…" not in page
    assert 'href="/moderation/"' not in page


def test_a_hashtag_hidden_in_one_language_is_missing_from_that_language_only(two_days, client, hide):
    hide("secretspam", language="es")
    page = client.get("/hashtags/secretspam/").content.decode()
    assert 'lang="en"' in page
    assert '<bdi lang="es">' not in page
    assert client.get("/api/v1/hashtags/secretspam?languages=es").status_code == 404
    assert client.get("/api/v1/hashtags/secretspam?languages=en").status_code == 200


def test_an_archived_day_is_ranked_by_authors_too(two_days, client, archive_day):
    by_authors = client.get(f"/api/v1/top?day={YESTERDAY}&by=authors&languages=en").json()
    assert by_authors["by"] == "authors"
    assert [place["authors"] for place in by_authors["top"]] == [8, 4, 3, 1]
    merged = client.get(f"/api/v1/top?day={YESTERDAY}&by=authors&languages=en,es").json()
    assert "by" not in merged
    assert "do not add up" in merged["note"]
    assert client.get("/api/v1/top?by=likes").json() == {"error": "by: give posts or authors"}
