"""The desk: what is new among the top for whom, the decisions with one click, undo, the preview and the history."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client

from contract import redis_names
from tests.trendsite.stage import NOW
from trendsite.moderation import desk, models
from trendsite.moderation.models import AllowedHashtag, HiddenHashtag, SeenHashtags
from trendsite.queries.hiding import process_hiding

pytestmark = pytest.mark.django_db

DESK = "/moderation/"
DECIDE = "/moderation/decide/"
COUNTS = {"Cats": 30, "Dogs": 20, "Buynow": 10}


@pytest.fixture
def day(stage):
    stage.count("*", COUNTS)
    stage.count("es", {"Dogs": 15, "Gatos": 4})
    stage.count_hour(NOW, "*", {"Breaking": 3})
    stage.show()
    return stage


@pytest.fixture
def second_editor():
    other = Client()
    user = User.objects.create_user("bea")
    user.groups.add(Group.objects.get(name="editor"))
    other.force_login(user)
    return other


def new(client, query=""):
    return [row.ranked.hashtag for row in client.get(f"{DESK}{query}").context["new"].listed]


@pytest.mark.parametrize("role", [None, "viewer"])
@pytest.mark.parametrize("address", [DESK, "/moderation/history/"])
def test_only_editors_and_admins_see_the_desk(client, role, address):
    assert client.get(address).status_code == 302
    user = User.objects.create_user("bob")
    if role:
        user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    assert client.get(address).status_code == 403
    assert client.post(DECIDE, {"allow": "cats"}).status_code == 403
    user.groups.set([Group.objects.get(name="admin")])
    assert client.get(address).status_code == 200


def test_the_former_address_leads_to_the_desk(editor):
    answer = editor.get("/hidden/?q=cats")
    assert (answer.status_code, answer["Location"]) == (301, "/moderation/?q=cats")


def test_what_leads_the_day_the_hour_or_a_language_is_new(day, editor):
    assert new(editor) == ["Cats", "Dogs", "Buynow", "Breaking", "Gatos"]
    assert new(editor, "?language=es") == ["Dogs", "Gatos"]
    dogs = editor.get(DESK).context["new"].listed[1]
    assert [(place.window, place.language, place.rank) for place in dogs.places] == [("day", "*", 2), ("day", "es", 1)]
    assert dogs.languages == (("es", 15),)


def test_authors_and_few_authors_are_named(day, editor, redis_client):
    redis_client.zadd(redis_names.authors(day.source, day.day, "*"), {"cats": 2, "dogs": 19})
    rows = editor.get(DESK).context["new"].listed
    assert [(row.ranked.authors, row.ranked.few_authors) for row in rows[:2]] == [(2, True), (19, False)]
    page = editor.get(DESK).content.decode()
    assert page.count("few authors") == 1
    assert "about 19 authors" in " ".join(page.split())


def test_a_reload_loses_nothing_and_marking_removes_only_what_was_shown_to_this_user(day, editor, second_editor):
    assert new(editor) == new(editor)
    day.count("*", {**COUNTS, "Justnow": 25})
    editor.post(DECIDE, {"seen": "1", "key": ["cats", "dogs", "buynow", "breaking", "gatos"]})
    assert new(editor) == ["Justnow"]
    assert len(new(second_editor)) == 6
    editor.post(DECIDE, {"undo": "1"})
    assert len(new(editor)) == 6


def test_what_is_allowed_is_listed_for_nobody_again_until_an_editor_says_so(day, editor, second_editor):
    editor.post(DECIDE, {"allow": "Cats"})
    editor.post(DECIDE, {"allow": "cats"})
    assert "Cats" not in new(second_editor)
    row = AllowedHashtag.objects.get()
    assert (row.key, row.allowed_by.username) == ("cats", "ada")
    second_editor.post(f"/moderation/allowed/{row.pk}/forget/")
    assert "Cats" in new(editor)


@pytest.mark.parametrize(("lasts", "hours"), [("1h", 1), ("24h", 24), ("7d", 168)])
def test_one_click_hides_for_the_chosen_time(day, editor, lasts, hours):
    before = datetime.now(UTC)
    editor.post(DECIDE, {"hide": "buynow", "lasts": lasts, "reason": "spam"})
    row = HiddenHashtag.objects.get()
    assert (row.key, row.language, row.reason) == ("buynow", "*", "spam")
    assert timedelta() <= row.until - before - timedelta(hours=hours) < timedelta(minutes=1)
    # The next click has the same choices.
    page = editor.get(DESK).content.decode()
    assert 'value="spam"' in page
    assert editor.get(DESK).context["chosen"]["lasts"] == lasts


def test_a_hidden_hashtag_is_no_longer_listed(day, editor, hide):
    editor.post(DECIDE, {"hide": "buynow", "lasts": ""})
    assert HiddenHashtag.objects.get().until is None
    process_hiding.replace(type(process_hiding.hiding)([HiddenHashtag.objects.get().rule]))
    assert "Buynow" not in new(editor)


def test_what_is_hidden_is_not_allowed_any_more(day, editor):
    editor.post(DECIDE, {"allow": "cats"})
    editor.post(DECIDE, {"hide": "cats", "lasts": "1h"})
    assert not AllowedHashtag.objects.exists()


def test_decisions_are_undone_one_after_the_other_the_latest_first(day, editor):
    editor.post(DECIDE, {"allow": "cats"})
    editor.post(DECIDE, {"hide": "buynow", "lasts": ""})
    assert "#buynow hidden" in editor.get(DESK).content.decode()
    editor.post(DECIDE, {"undo": "1"})
    assert (HiddenHashtag.objects.count(), AllowedHashtag.objects.count()) == (0, 1)
    page = editor.post(DECIDE, {"undo": "1"}, follow=True).content.decode()
    assert "Undone: #cats allowed." in page
    assert not AllowedHashtag.objects.exists()
    assert "There is nothing to undo." in editor.post(DECIDE, {"undo": "1"}, follow=True).content.decode()


def test_what_another_editor_has_unhidden_cannot_be_undone_twice(day, editor):
    editor.post(DECIDE, {"hide": "buynow", "lasts": ""})
    HiddenHashtag.objects.all().delete()
    assert "There is nothing to undo." in editor.post(DECIDE, {"undo": "1"}, follow=True).content.decode()


def test_a_second_hide_of_the_same_is_refused_in_words(day, editor):
    for _ in range(2):
        page = editor.post(DECIDE, {"hide": "buynow", "lasts": ""}, follow=True).content.decode()
    assert "hidden already" in page
    assert HiddenHashtag.objects.count() == 1


def test_what_a_user_has_seen_and_what_is_allowed_have_bounds(day, editor, monkeypatch):
    monkeypatch.setattr(desk, "MAX_SEEN", 3)
    monkeypatch.setattr(desk, "MAX_ALLOWED", 2)
    monkeypatch.setattr(desk, "MAX_LISTED", 2)
    assert models.MAX_SEEN == 2_000
    for number in range(4):
        editor.post(DECIDE, {"seen": "1", "key": [f"a{number}", f"b{number}", f"c{number}"]})
        editor.post(DECIDE, {"allow": f"tag{number}"})
    assert SeenHashtags.objects.get().keys == ["b2", "a3", "b3"]
    assert set(AllowedHashtag.objects.values_list("key", flat=True)) == {"tag2", "tag3"}
    answer = editor.get(DESK).context["new"]
    assert (len(answer.listed), answer.more) == (2, 3)


def test_without_redis_the_desk_says_so_and_still_shows_what_is_hidden(editor):
    HiddenHashtag.objects.create(key="dogs", reason="loud")
    page = editor.get(DESK).content.decode()
    assert "Redis is away" in page
    assert "loud" in page


def test_a_preview_lists_what_a_pattern_matches_today_and_saves_nothing(day, editor):
    filled = {"kind": "pattern", "key": "*O*s", "language": "*", "preview": "1"}
    page = " ".join(editor.post("/moderation/hide/", filled).content.decode().split())
    assert "It would hide 1 of today's 3 most used hashtags." in page
    in_spanish = editor.post("/moderation/hide/", filled | {"language": "es"})
    assert in_spanish.context["preview"].shown == [("Dogs", 15), ("Gatos", 4)]
    exact = editor.post("/moderation/hide/", filled | {"kind": "exact", "key": "#CATS"})
    assert exact.context["preview"].shown == [("Cats", 30)]
    refused = editor.post("/moderation/hide/", filled | {"key": "*"})
    assert (refused.status_code, refused.context["preview"]) == (422, None)
    assert not HiddenHashtag.objects.exists()


def test_a_preview_is_bounded(day, editor):
    day.count("*", {f"tag{number}": 9 for number in range(200)})
    filled = {"kind": "pattern", "key": "tag*", "language": "*", "preview": "1"}
    preview = editor.post("/moderation/hide/", filled).context["preview"]
    assert (len(preview.shown), preview.more, preview.total) == (30, 170, 200)


def test_the_history_says_who_hid_what_why_until_when_and_who_unhid(day, editor, second_editor):
    editor.post(
        "/moderation/hide/", {"kind": "pattern", "key": "buy*", "language": "es", "lasts": "1h", "reason": "a; b"}
    )
    second_editor.post(f"/moderation/hidden/{HiddenHashtag.objects.get().pk}/unhide/")
    second_editor.post(DECIDE, {"allow": "cats"})
    events = editor.get("/moderation/history/").context["events"]
    assert [(event.who, event.action, event.what, event.reason) for event in events] == [
        ("bea", "allowed", "#cats", ""),
        ("bea", "unhid", "#buy* (es)", "a; b"),
        ("ada", "hid", "#buy* (es)", "a; b"),
    ]
    assert events[2].until is not None
    assert not events[2].has_ended


def test_entries_of_the_previous_version_are_part_of_the_history(editor):
    row = HiddenHashtag.objects.create(key="dogs", reason="loud")
    user = User.objects.get(username="ada")
    LogEntry.objects.log_actions(user.pk, [row], ADDITION, change_message="this hashtag; loud", single_object=True)
    (event,) = editor.get("/moderation/history/").context["events"]
    assert (event.action, event.what, event.reason, event.until) == ("hid", "#dogs", "loud", None)
