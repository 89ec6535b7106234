"""The page of hidden hashtags: permissions, refused rules, and the log."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User

from trendsite.moderation import models
from trendsite.moderation.models import HiddenHashtag

pytestmark = pytest.mark.django_db

HOSTILE = '"><img src=x onerror=alert(1)>'
DESK = "/moderation/"
FORMS = [f"{DESK}{form}/" for form in ("hide", "decide", "hidden/1/unhide", "allowed/1/forget")]
FILLED = {"kind": "exact", "key": "#Cats", "language": "*", "reason": "allergy"}


def rows():
    return list(HiddenHashtag.objects.values_list("kind", "key", "language", "reason"))


@pytest.mark.parametrize("address", FORMS)
def test_strangers_are_asked_to_log_in_and_change_nothing(client, address):
    response = client.post(address, FILLED)
    assert (response.status_code, response["Location"]) == (302, f"/login/?next={address}")
    assert client.get("/moderation/").status_code == 302
    assert rows() == []


def test_a_viewer_is_refused_and_changes_nothing(client):
    bob = User.objects.create_user("bob")
    bob.user_permissions.add(Permission.objects.get(codename="view_hiddenhashtag"))
    client.force_login(bob)
    row = HiddenHashtag.objects.create(key="dogs", reason="loud")
    assert client.get("/moderation/").status_code == 403
    assert client.post("/moderation/hide/", FILLED).status_code == 403
    assert client.post(f"/moderation/hidden/{row.pk}/unhide/").status_code == 403
    assert [row[1] for row in rows()] == ["dogs"]


def test_an_editor_hides_a_hashtag_folded_as_it_is_counted(editor):
    page = editor.post("/moderation/hide/", FILLED, follow=True).content.decode()
    assert rows() == [("exact", "cats", "*", "allergy")]
    assert "#cats is hidden" in page
    row = HiddenHashtag.objects.get()
    assert row.hidden_by == User.objects.get(username="ada")
    assert "until unhidden" in page


def test_an_editor_unhides_and_both_actions_are_logged(editor):
    editor.post("/moderation/hide/", FILLED)
    row = HiddenHashtag.objects.get()
    page = editor.post(f"/moderation/hidden/{row.pk}/unhide/", follow=True).content.decode()
    assert rows() == []
    assert "#cats is visible again" in page
    log = LogEntry.objects.order_by("pk").values_list("user__username", "object_repr", "action_flag")
    assert list(log) == [("ada", "#cats", 1), ("ada", "#cats", 3)]
    assert editor.post(f"/moderation/hidden/{row.pk}/unhide/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": "#"}, "Enter a hashtag"),
        ({"key": "c" * 101}, "Enter a hashtag"),
        ({"kind": "pattern", "key": "cats"}, "at least one *"),
        ({"kind": "pattern", "key": "*"}, "it hides too much"),
        ({"kind": "pattern", "key": "**a**"}, "it hides too much"),
        ({"kind": "pattern", "key": "*a*b*c*d*e*"}, "at most 5"),
        ({"kind": "regex"}, "not one of the available choices"),
        ({"language": "klingon"}, "not one of the available choices"),
        ({"reason": ""}, "This field is required"),
        ({"until": "2001-01-01T00:00"}, "Choose a time in the future"),
        ({"until": "soon"}, "Enter a valid date/time"),
    ],
)
def test_a_rule_that_hides_nothing_or_everything_is_refused_with_a_hint(editor, wrong, words):
    response = editor.post("/moderation/hide/", FILLED | wrong)
    assert response.status_code == 422
    assert words in response.content.decode().replace("&#x27;", "'")
    assert rows() == []


def test_the_same_is_hidden_once_and_in_another_language_again(editor):
    editor.post("/moderation/hide/", FILLED)
    again = editor.post("/moderation/hide/", FILLED | {"key": "CATS"})
    assert "hidden already" in again.content.decode()
    editor.post("/moderation/hide/", FILLED | {"language": "en"})
    assert len(rows()) == 2


def test_what_has_passed_by_is_not_listed_and_makes_room_for_the_same_again(editor):
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    HiddenHashtag.objects.create(key="cats", reason="long ago", until=long_ago)
    assert "long ago" not in editor.get("/moderation/").content.decode()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    editor.post("/moderation/hide/", FILLED | {"until": f"{tomorrow:%Y-%m-%dT%H:%M}"})
    assert rows() == [("exact", "cats", "*", "allergy")]


def test_there_is_a_most_that_can_be_hidden(editor, monkeypatch):
    monkeypatch.setattr(models, "MAX_PATTERNS", 1)
    monkeypatch.setattr(models, "MAX_HIDDEN", 2)
    for key in ("buy*", "sell*", "cats", "dogs"):
        page = editor.post("/moderation/hide/", FILLED | {"kind": "pattern" if "*" in key else "exact", "key": key})
    assert "2 are hidden already" in page.content.decode()
    assert {row[1] for row in rows()} == {"buy*", "cats"}


def test_the_list_is_paged_and_searched_with_few_queries(editor, django_assert_max_num_queries):
    HiddenHashtag.objects.bulk_create(HiddenHashtag(key=f"tag{number:03}", reason="many") for number in range(120))
    with django_assert_max_num_queries(12):
        page = editor.get("/moderation/").content.decode()
    assert page.count("/unhide/") == 50
    assert "Page 1 of 3" in page
    assert editor.get("/moderation/?page=3").content.decode().count("/unhide/") == 20
    found = editor.get("/moderation/?q=%23TAG01").content.decode()
    assert found.count("/unhide/") == 10


def test_markup_is_harmless_wherever_it_is_written(editor):
    filled = FILLED | {"key": HOSTILE, "reason": HOSTILE}
    page = editor.post("/moderation/hide/", filled, follow=True).content.decode()
    assert "<img" not in page
    assert rows()[0][1] == HOSTILE.casefold()
    assert "<img" not in editor.get("/moderation/", {"q": HOSTILE}).content.decode()


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/hashtags/cats/", "/hashtags/cats/"),
        ("https://evil.example/", DESK),
        ("//evil.example", DESK),
    ],
)
def test_a_change_leads_back_to_a_page_of_ours_only(editor, target, leads_to):
    assert editor.post("/moderation/hide/", FILLED | {"next": target})["Location"] == leads_to


def test_the_admin_checks_a_rule_and_saves_its_author(client):
    client.force_login(User.objects.create_superuser("root"))
    client.post("/admin/hidden/hiddenhashtag/add/", FILLED)
    assert rows() == [("exact", "cats", "*", "allergy")]
    assert HiddenHashtag.objects.get().hidden_by == User.objects.get(username="root")
    refused = client.post("/admin/hidden/hiddenhashtag/add/", FILLED | {"kind": "pattern", "key": "*"})
    assert "it hides too much" in refused.content.decode()
    listed = client.get("/admin/hidden/hiddenhashtag/?q=cat").content.decode()
    assert "cats" in listed
    assert '<td class="field-language_name">All languages</td>' in listed
    assert "cats" in client.get("/admin/hidden/hiddenhashtag/?language=*").content.decode()
