"""Who may choose the tracked languages, and what the collector hears of it."""

import threading

import msgspec
import pytest
from django.contrib.auth.models import Group, User

from contract import redis_names
from contract.language import LANGUAGES
from contract.status import TrackedLanguages
from trendsite.languages.models import Language

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get(name="editor"))
    client.force_login(user)
    return client


def announced(stage):
    return msgspec.json.decode(stage.client.get(redis_names.TRACKED_LANGUAGES), type=TrackedLanguages)


def tracked():
    return set(Language.objects.filter(tracked=True).values_list("code", flat=True))


def test_a_new_installation_tracks_every_language():
    assert tracked() == LANGUAGES


def test_who_is_not_logged_in_is_asked_to(client):
    response = client.get("/languages/")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/languages/")


def test_who_is_not_permitted_is_told_so_and_changes_nothing(client):
    client.force_login(User.objects.create_user("bob"))
    assert "Not yours" in client.get("/languages/").content.decode()
    assert client.post("/languages/", {"tracked": ["en"]}).status_code == 403
    assert tracked() == LANGUAGES


def test_every_language_is_listed_by_its_names_with_todays_posts(stage, editor):
    stage.count("es", {"gatos": 1}, posts=4_321)
    stage.show()
    html = editor.get("/languages/").content.decode()
    assert html.count('name="tracked"') == len(LANGUAGES)
    assert html.index("4,321") < html.index("Afrikaans")
    assert "Español" in html
    assert "Spanish" in html


def test_saving_tells_the_collector_by_key_and_by_channel(stage, editor):
    with stage.client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(redis_names.LANGUAGES_CHANNEL)
        listener.get_message(timeout=5)
        response = editor.post("/languages/", {"tracked": ["es", "en"]}, follow=True)
        message = listener.get_message(timeout=5)
    assert tracked() == {"en", "es"}
    assert announced(stage) == TrackedLanguages(["en", "es"])
    assert msgspec.json.decode(message["data"], type=TrackedLanguages) == announced(stage)
    assert "2 languages are tracked" in response.content.decode()


def test_tracking_all_is_announced_as_every_language(stage, editor):
    editor.post("/languages/", {"tracked": ["en"]})
    editor.post("/languages/", {"tracked": sorted(LANGUAGES)})
    assert announced(stage) == TrackedLanguages(None)


@pytest.mark.parametrize("nothing", [[], ["klingon"]])
def test_at_least_one_language_stays_tracked(stage, editor, nothing):
    response = editor.post("/languages/", {"tracked": nothing}, follow=True)
    assert "At least one language must stay tracked" in response.content.decode()
    assert tracked() == LANGUAGES


def test_without_redis_the_choice_is_saved_and_announced_later(editor, monkeypatch):
    promised = threading.Event()
    monkeypatch.setattr("trendsite.languages.views.announce_when_redis_is_back", promised.set)
    response = editor.post("/languages/", {"tracked": ["en"]}, follow=True)
    assert "as soon as it is back" in response.content.decode()
    assert tracked() == {"en"}
    assert promised.is_set()


def test_logging_in_leads_to_the_page_and_logging_out_to_the_board(client):
    User.objects.create_superuser("root", password="a long enough one")
    assert "do not match" in client.post("/login/", {"username": "root", "password": "no"}).content.decode()
    response = client.post("/login/", {"username": "root", "password": "a long enough one"})
    assert response["Location"] == "/languages/"
    assert client.get("/languages/").status_code == 200
    assert client.post("/logout/")["Location"] == "/"
    assert client.get("/languages/").status_code == 302
