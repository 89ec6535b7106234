"""The page of all languages: permissions, contents, and what is announced to the collector."""

import re
import threading
from datetime import UTC, date, datetime

import msgspec
import pytest
from django.contrib.auth.models import User

from contract import redis_names
from contract.language import LANGUAGES
from contract.status import TrackedLanguages
from tests.trendsite.stage import NOW, Stage
from trendsite.archive.models import Day, DayLanguage
from trendsite.languages.tracking import log_change, tracked_codes
from trendsite.queries.language_activity import read_activity

pytestmark = pytest.mark.django_db

PAGES = ["/languages/", "/languages/en/", "/languages/changes/"]
ALL = " ".join(LANGUAGES)


def announced(stage):
    return msgspec.json.decode(stage.client.get(redis_names.TRACKED_LANGUAGES), type=TrackedLanguages)


def choose(client, codes, shown=ALL, follow=True):
    return client.post("/languages/", {"tracked": list(codes), "shown": shown}, follow=follow)


def text(answer):
    return answer.content.decode()


def row(html, code):
    """The row of one language."""
    begin = html.index(f'value="{code}"', html.index("<main"))
    return html[begin : html.index("</tr>", begin)]


def archive(day: date, source: str = "x", **posts: int) -> None:
    row = Day.objects.create(source=source, date=day, archived_at=datetime(2026, 11, 23, tzinfo=UTC))
    for language, number in posts.items():
        DayLanguage.objects.create(day=row, language=language, posts=number, hashtags=1)


def test_a_new_installation_tracks_every_language():
    assert tracked_codes() == LANGUAGES


@pytest.mark.parametrize("page", PAGES[1:])
def test_words_and_changes_are_not_for_strangers(client, page):
    assert client.get(page)["Location"] == f"/login/?next={page}"
    assert client.post(page).status_code in (302, 405)


@pytest.mark.parametrize("page", PAGES[1:])
def test_words_and_changes_are_not_for_users_without_a_role(user_client, page):
    answer = user_client().get(page)
    assert answer.status_code == 403
    assert "You do not have access to this page" in text(answer)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
def test_every_role_may_view(user_client, role, page):
    answer = user_client(role).get(page)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("has_account", [False, True])
def test_strangers_see_which_languages_are_tracked_and_no_words_costs_or_names(stage, client, user_client, has_account):
    stage.source = "x"
    stage.count("es", {"gatos": 1}, posts=4_321)
    stage.show()
    stage.report_collector(kind="x", detail="filtered stream; rules: Invalid Rule: (<tea>)")
    archive(date(2026, 11, 21), en=1_000)
    log_change({"code": "en", "terms": [["tea"], []]}, "ada", NOW)
    answer = (user_client() if has_account else client).get("/languages/")
    assert answer.status_code == 200
    html = text(answer)
    assert "4,321" in html
    assert html.count('class="name"') == len(LANGUAGES)
    for secret in (
        "<form method",
        "checkbox",
        "tea",
        ">ada<",
        "Words on X",
        "$",
        "Recent changes",
        'href="/languages/es/"',
    ):
        assert secret not in html.replace('<form method="post" id="languages">', "")


def test_a_stranger_cannot_change_what_is_tracked(client):
    assert choose(client, ["en"], follow=False)["Location"] == "/login/?next=/languages/"
    assert tracked_codes() == LANGUAGES


def test_languages_that_are_tracked_or_seen_lately_come_first_and_the_rest_behind_show_all(stage, client, editor):
    stage.count("es", {"gatos": 1}, posts=4_321)
    stage.show()
    choose(editor, ["en"])
    html = text(client.get("/languages/"))
    first, rest = html.split("<details", 1)
    assert re.findall(r'<bdi lang="(\w+)"', first) == ["es", "en"]
    assert f"Show all: {len(LANGUAGES) - 2} more languages" in " ".join(rest.split())
    assert first.count("not tracked") == 1


def test_before_a_first_post_all_languages_are_first(stage, client):
    stage.show()
    assert "<details" not in text(client.get("/languages/")).split('id="languages"')[1]


def test_without_x_there_are_no_words_and_no_costs(stage, editor):
    stage.show()
    html = text(editor.get("/languages/"))
    assert "on X" not in html
    stage.source = "x"
    stage.show()
    assert "Words on X" in text(editor.get("/languages/"))


def test_a_viewer_has_no_save_button_and_cannot_post(user_client):
    viewer = user_client("viewer")
    html = text(viewer.get("/languages/"))
    assert 'id="save"' not in html
    assert "checkbox" not in html
    assert choose(viewer, ["en"]).status_code == 403
    assert viewer.post("/languages/en/", {"terms": "tea"}).status_code == 403
    assert tracked_codes() == LANGUAGES


@pytest.mark.parametrize("role", ["editor", "admin"])
def test_editors_and_admins_change_what_is_tracked(stage, user_client, role):
    assert "1 language is tracked" in text(choose(user_client(role), ["en"]))
    assert tracked_codes() == {"en"}


def test_every_language_is_listed_with_its_names_and_todays_posts(stage, editor):
    stage.count("es", {"gatos": 1}, posts=4_321)
    stage.show()
    html = text(editor.get("/languages/"))
    assert html.count('name="tracked"') == len(LANGUAGES)
    assert html.index("4,321") < html.index("Afrikaans")
    assert "Español" in html
    assert "Spanish" in html


def test_a_language_was_last_seen_this_hour_today_or_on_an_archived_day(stage, editor):
    for language, hour in (("es", 12), ("ja", 9)):
        stage.count_hour(NOW.replace(hour=hour), language, {}, posts=5)
    stage.count("ko", {}, posts=3)
    stage.show(NOW.replace(minute=30))
    archive(date(2026, 11, 20), source="simulator", fr=7, ko=9, de=0)
    archive(date(2026, 11, 21), source="replay-of-something-else", eu=7)
    html = text(editor.get("/languages/"))
    seen = {code: row(html, code) for code in ("es", "ja", "ko", "fr", "de", "eu")}
    assert "this hour" in seen["es"]
    assert "today, 09:00" in seen["ja"]
    assert "today<" in seen["ko"]
    assert "20 Nov 2026" in seen["fr"]
    assert "not in 90 days" in seen["de"]
    assert "not in 90 days" in seen["eu"]


def test_costs_are_estimated_from_the_last_days_of_x(settings, stage, editor):
    settings.X_MONTHLY_POST_BUDGET = 100_000
    archive(date(2026, 11, 20), en=1_000, de=100)
    archive(date(2026, 11, 21), en=2_000)
    archive(date(2026, 11, 21), source="simulator", ja=1_000_000)
    html = text(editor.get("/languages/"))
    assert "$225.00" in row(html, "en")
    assert "$7.50" in row(html, "de")
    assert "$" not in row(html, "ja")
    assert "on X about $232.50, at most $500.00 a month" in html


def test_no_cost_is_above_the_budget(settings, stage, editor):
    settings.X_MONTHLY_POST_BUDGET = 10_000
    archive(date(2026, 11, 21), en=1_000_000)
    html = text(editor.get("/languages/"))
    assert "$50.00" in row(html, "en")
    assert "on X about $50.00, at most $50.00 a month" in html


def test_saving_notifies_the_collector_by_key_and_by_channel(stage, editor):
    with stage.client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(redis_names.LANGUAGES_CHANNEL)
        listener.get_message(timeout=5)
        answer = choose(editor, ["es", "en"])
        message = listener.get_message(timeout=5)
    assert tracked_codes() == {"en", "es"}
    assert announced(stage) == TrackedLanguages(["en", "es"])
    assert msgspec.json.decode(message["data"], type=TrackedLanguages) == announced(stage)
    assert "2 languages are tracked" in text(answer)


def test_tracking_all_is_announced_as_every_language(stage, editor):
    choose(editor, ["en"])
    choose(editor, LANGUAGES, shown="en")
    assert announced(stage) == TrackedLanguages(None)


def test_two_editors_with_the_page_open_do_not_undo_each_others_changes(stage, editor, user_client):
    choose(editor, LANGUAGES - {"de"})
    choose(user_client("editor", name="bob"), LANGUAGES - {"fr"})
    assert tracked_codes() == LANGUAGES - {"de", "fr"}


@pytest.mark.parametrize("nothing", [[], ["klingon"]])
def test_at_least_one_language_stays_tracked(stage, editor, nothing):
    assert "At least one language must stay tracked" in text(choose(editor, nothing))
    assert tracked_codes() == LANGUAGES


def test_without_redis_a_change_is_saved_and_announced_later(editor, monkeypatch):
    promised = threading.Event()
    monkeypatch.setattr("trendsite.languages.views.announce_when_redis_is_back", promised.set)
    assert "as soon as it is back" in text(choose(editor, ["en"]))
    assert tracked_codes() == {"en"}
    assert promised.is_set()


def test_the_log_of_changes_names_the_editor_and_is_paged(stage, editor):
    choose(editor, LANGUAGES - {"de"})
    html = text(editor.get("/languages/"))
    assert "<bdi>ada</bdi>" in html
    assert "No longer tracks German." in html
    for number in range(60):
        log_change({"added": [f"{number}"], "removed": []}, "<script>alert(1)</script>", NOW)
    first, second = (text(editor.get(f"/languages/changes/?page={page}")) for page in (1, 2))
    assert "1 of 2" in first
    assert first.count("<li>") == 50
    assert "No longer tracks German." in second
    assert "<script>alert" not in first
    assert "2 of 2" in text(editor.get("/languages/changes/?page=999"))


def test_a_rule_that_x_refuses_is_shown(stage, editor):
    stage.source = "x"
    stage.show()
    stage.report_collector(kind="x", detail="filtered stream; rules: Invalid Rule: (<tea>)")
    assert "rules: Invalid Rule: (&lt;tea&gt;)" in text(editor.get("/languages/"))


def test_the_page_takes_few_queries_however_many_days_there_are(stage, editor, django_assert_max_num_queries):
    stage.show()
    for day in range(1, 29):
        archive(date(2026, 10, day), source="simulator", en=5, de=6)
    with django_assert_max_num_queries(12):
        editor.get("/languages/")


def test_logging_in_leads_back_to_the_page_and_logging_out_to_the_board(client, stage):
    User.objects.create_superuser("root", password="a long enough one")
    fields = {"username": "root", "password": "a long enough one", "next": "/languages/"}
    assert "do not match" in text(client.post("/login/", {**fields, "password": "no"}))
    assert client.post("/login/", fields)["Location"] == "/languages/"
    assert client.get("/languages/").status_code == 200
    assert client.post("/logout/")["Location"] == "/"
    assert client.get("/languages/changes/").status_code == 302


def test_the_day_of_a_recording_has_its_date(admin_client, stage):
    stage.source = "replay-covid-0123abcd"
    stage.count("en", {"covid19": 3})
    stage.show()
    for page in ("/languages/", "/languages/en/"):
        html = " ".join(text(admin_client.get(page)).split())
        assert "Posts today" not in html
        assert "Posts on 22 November 2026" in html


def test_posts_of_several_networks_are_added_up(stage):
    names = ("bluesky", "mastodon")
    for name, posts in zip(names, (7, 5), strict=True):
        network = Stage(stage.client, name, running=names)
        network.count("en", {"Cats": posts})
        network.show()
    assert read_activity().posts["en"] == 12
