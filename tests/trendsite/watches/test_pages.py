"""The pages of alerts: each user sees and changes only their own, within limits."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from contract.ranking import Ranking
from tests.trendsite.stage import NOW, Stage
from tests.trendsite.watches.conftest import Post
from trendsite.queries.choice import EVERYTHING
from trendsite.queries.pipeline_status import read_pipeline_status
from trendsite.queries.rankings import read_ranking
from trendsite.queries.redis_client import open_redis
from trendsite.watches import digest, outbox
from trendsite.watches.models import (
    MAX_RECEIVERS,
    MAX_WATCHES,
    Alert,
    Delivery,
    Episode,
    Preferences,
    Receiver,
    Watch,
)

pytestmark = pytest.mark.django_db

MakeWatch = Callable[..., Watch]

NEW = {
    "subject": "hashtag",
    "key": "#Cats",
    "condition": "day",
    "number_day": "10",
    "number_hour": "10",
    "number_rising": "3",
    "number_count": "100",
    "is_on": "on",
}


@pytest.fixture
def reader(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


@pytest.mark.parametrize(
    "path", ["", "new/", "1/", "receivers/new/", "receivers/1/", "feeds/new/", "preferences/", "log/", "watched/"]
)
def test_a_stranger_logs_in_first(client: Client, path: str) -> None:
    answer = client.get(f"/alerts/{path}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_nobody_reaches_what_is_of_another(reader: Client, watch: MakeWatch) -> None:
    bob = User.objects.create_user("bob")
    theirs = watch("desk", user=bob)
    receiver = theirs.receivers.get()
    assert reader.get(f"/alerts/{theirs.pk}/").status_code == 404
    for path in (
        f"{theirs.pk}/",
        f"{theirs.pk}/delete/",
        f"receivers/{receiver.pk}/",
        f"receivers/{receiver.pk}/delete/",
        f"receivers/{receiver.pk}/test/",
    ):
        assert reader.post(f"/alerts/{path}", NEW).status_code == 404
    assert reader.post("/alerts/new/", {**NEW, "receivers": receiver.uid}).status_code == 422
    assert Watch.objects.get() == theirs
    assert not Delivery.objects.exists()


def test_a_watch_is_made_from_the_form_as_it_opens(reader: Client, ada: User) -> None:
    receiver = Receiver.objects.create(user=ada, kind="webhook", name="desk", address="https://example.org/")
    assert 'value="Cats"' in reader.get("/alerts/new/?hashtag=Cats").content.decode()
    assert reader.post("/alerts/new/", {**NEW, "languages": ["es", "en"], "receivers": receiver.uid}).status_code == 302
    made = Watch.objects.get()
    assert (made.key, made.condition, made.threshold, made.languages) == ("cats", "day", 10, "en,es")
    assert list(made.receivers.all()) == [receiver]
    page = reader.get("/alerts/").content.decode()
    assert "#cats" in page
    assert "Enters the top 10 of today" in page
    assert "English, Español" in page


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"key": ""}, "Enter a hashtag"),
        ({"key": "x" * 102}, "at most 101 characters"),
        ({"key": "vote*"}, "makes it a pattern"),
        ({"subject": "pattern", "key": "vote"}, "at least one *"),
        ({"subject": "pattern", "key": "*a*"}, "at least 2 characters"),
        ({"subject": "pattern", "key": "a*b*c*d*e*f*g"}, "at most 5"),
        ({"number_day": "101"}, "less than or equal to 100"),
        ({"number_day": ""}, "Enter a number"),
        ({"condition": "rising", "number_rising": "1"}, "greater than or equal to 2"),
        ({"condition": "regex"}, "regex is not one of"),
        ({"languages": ["tlh"]}, "tlh is not one of"),
        ({"networks": ["myspace"]}, "myspace is not one of"),
    ],
)
def test_every_field_is_checked(reader: Client, changes: dict[str, object], error: str) -> None:
    answer = reader.post("/alerts/new/", {**NEW, **changes})
    assert answer.status_code == 422
    if "regex" not in error and "myspace" not in error:
        assert error in answer.content.decode()
    assert not Watch.objects.exists()


def test_a_user_has_a_bounded_number_of_watches_and_receivers(reader: Client, watch: MakeWatch, ada: User) -> None:
    for _ in range(MAX_WATCHES):
        watch()
    for number in range(MAX_RECEIVERS):
        Receiver.objects.create(user=ada, kind="webhook", name=str(number))
    assert "Delete one first" in reader.post("/alerts/new/", NEW).content.decode()
    receiver = {"kind": "webhook", "name": "one more", "address": "https://example.org/"}
    assert "Delete one first" in reader.post("/alerts/receivers/new/", receiver).content.decode()
    assert (Watch.objects.count(), Receiver.objects.count()) == (MAX_WATCHES, MAX_RECEIVERS)


def test_a_change_begins_anew(reader: Client, watch: MakeWatch) -> None:
    made = watch(started_at=NOW)
    Episode.objects.create(watch=made, key="cats", since=NOW)
    assert reader.post(f"/alerts/{made.pk}/", {**NEW, "number_day": "5"}).status_code == 302
    made.refresh_from_db()
    assert (made.threshold, made.started_at, Episode.objects.count()) == (5, None, 0)


def test_a_webhook_has_a_secret_that_is_shown_once(reader: Client) -> None:
    hook = {"kind": "webhook", "name": "desk", "address": "https://example.org/hook"}
    first = reader.post("/alerts/receivers/new/", hook, follow=True).content.decode()
    secret = Receiver.objects.get().secret
    assert secret.startswith("whsec_")
    assert secret in first
    assert secret not in reader.get("/alerts/").content.decode()


def test_nothing_is_deleted_before_the_user_says_so(reader: Client, watch: MakeWatch) -> None:
    made = watch("desk")
    receiver = made.receivers.get()
    add_alert(made, "#Cats")
    page = reader.get(f"/alerts/receivers/{receiver.pk}/delete/").content.decode()
    assert "Delete desk?" in page
    assert "1 alert is sent there." in page
    assert "1 message that waits for it is lost." in page
    assert "Delete #cats?" in reader.get(f"/alerts/{made.pk}/delete/").content.decode()
    assert (Watch.objects.count(), Receiver.objects.count()) == (1, 1)
    reader.post(f"/alerts/receivers/{receiver.pk}/delete/")
    reader.post(f"/alerts/{made.pk}/delete/")
    assert (Watch.objects.count(), Receiver.objects.count(), Alert.objects.count()) == (0, 0, 1)


def test_a_receiver_gets_another_name_and_address_and_what_waits_goes_there_at_once(
    reader: Client, watch: MakeWatch, post: Post
) -> None:
    made = watch("desk")
    receiver = made.receivers.get()
    Receiver.objects.filter(pk=receiver.pk).update(secret="whsec_x", failures=9, retry_at=NOW + timedelta(hours=1))
    add_alert(made, "#Cats")
    path = f"/alerts/receivers/{receiver.pk}/"
    assert receiver.address in reader.get(path).content.decode()
    # A name alone leaves the pause of a receiver that fails.
    assert reader.post(path, {"name": "room", "address": receiver.address}).status_code == 302
    receiver.refresh_from_db()
    assert (receiver.name, receiver.kind, receiver.secret, receiver.failures) == ("room", "webhook", "whsec_x", 9)
    moved = {"name": "room", "kind": "mail", "address": "https://moved.example.org/"}
    assert reader.post(path, moved).status_code == 302
    receiver.refresh_from_db()
    assert (receiver.kind, receiver.failures, receiver.retry_at) == ("webhook", 0, None)
    post.deliver(NOW)
    assert [address for address, _ in post.taken] == ["https://moved.example.org/"]
    assert reader.post(path, {"name": "room", "address": "file:///etc/passwd"}).status_code == 422


def test_a_webhook_gets_a_new_secret_on_request(reader: Client, ada: User) -> None:
    hook = Receiver.objects.create(user=ada, kind="webhook", name="x", address="https://a.example.org/", secret="old")
    asked = {"name": "x", "address": hook.address, "new_secret": "on"}
    page = reader.post(f"/alerts/receivers/{hook.pk}/", asked, follow=True).content.decode()
    hook.refresh_from_db()
    assert hook.secret.startswith("whsec_")
    assert hook.secret in page


def test_the_address_of_a_chat_is_not_shown_again_and_stays_if_left_empty(reader: Client, ada: User) -> None:
    chat = Receiver.objects.create(user=ada, kind="apprise", name="chat", address="tgram://123:password/42")
    Receiver.objects.create(user=ada, kind="webhook", name="taken", address="https://example.org/")
    path = f"/alerts/receivers/{chat.pk}/"
    assert "password/42" not in reader.get(path).content.decode()
    assert "You have a receiver of this name." in reader.post(path, {"name": "taken"}).content.decode()
    reader.post(path, {"name": "room", "address": ""})
    chat.refresh_from_db()
    assert (chat.name, chat.address) == ("room", "tgram://123:password/42")
    assert "password/42" not in reader.post(path, {"name": "", "address": ""}).content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "webhook", "address": "http://user:pw@example.org"},
        {"kind": "webhook", "address": "file:///etc/passwd"},
        {"kind": "apprise", "address": "file:///etc/passwd"},
        {"kind": "apprise", "address": "mailto://a:b@example.org"},
        {"kind": "exec", "address": "x"},
        {"kind": "mail", "address": "stranger@example.org"},
    ],
)
def test_addresses_of_other_kinds_are_refused(reader: Client, settings: Settings, changes: dict[str, str]) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert reader.post("/alerts/receivers/new/", {"name": "x", **changes}).status_code == 422
    assert not Receiver.objects.exists()


def test_mail_goes_only_to_the_own_account(reader: Client) -> None:
    reader.post("/alerts/receivers/new/", {"kind": "mail", "name": "me", "address": "stranger@example.org"})
    assert Receiver.objects.get().address == ""


def test_the_test_button_sends_one_message_and_the_log_shows_what_became_of_it(
    reader: Client, watch: MakeWatch, post: Post
) -> None:
    receiver = watch("desk").receivers.get()
    post.down = {receiver.address}
    reader.post(f"/alerts/receivers/{receiver.pk}/test/")
    assert "Waiting" in reader.get("/alerts/log/").content.decode()
    post.deliver(Delivery.objects.get().due_at)
    assert "answered 503" in reader.get("/alerts/log/").content.decode()
    for _ in range(6):
        reader.post(f"/alerts/receivers/{receiver.pk}/test/")
    assert Delivery.objects.count() == 5


def add_alert(watch: Watch, text: str) -> None:
    made = Alert.objects.create(
        user=watch.user, watch=watch, at=NOW, key="cats", text=text, facts={"url": "http://localhost/hashtags/cats/"}
    )
    outbox.queue([made], watch, NOW)


def test_the_feed_has_every_alert_and_needs_only_its_token(reader: Client, watch: MakeWatch, client: Client) -> None:
    add_alert(watch("desk"), "#Cats & \x08dogs")
    page = reader.get("/alerts/").content.decode()
    token = Preferences.objects.get().feed_token
    assert f"/alerts/feeds/{token}.atom" in page
    feed = Client().get(f"/alerts/feeds/{token}.atom")
    atom = ElementTree.fromstring(feed.content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [entry.text for entry in atom.findall("a:entry/a:title", names)] == ["#Cats & \N{REPLACEMENT CHARACTER}dogs"]
    assert feed["Cache-Control"] == "private, no-store"
    assert Client().get("/alerts/feeds/guess.atom").status_code == 404
    assert "Give your feed a new address?" in reader.get("/alerts/feeds/new/").content.decode()
    assert Client().get(f"/alerts/feeds/{token}.atom").status_code == 200
    reader.post("/alerts/feeds/new/")
    assert Client().get(f"/alerts/feeds/{token}.atom").status_code == 404


def test_an_alert_about_a_hashtag_that_is_hidden_since_is_neither_in_the_feed_nor_in_the_log(
    reader: Client, watch: MakeWatch, hide: Callable[..., None]
) -> None:
    made = watch("desk", subject="pattern", key="c*")
    add_alert(made, "#Cats is number 1")
    Episode.objects.create(watch=made, key="cats", since=NOW)
    token = Preferences.objects.create(user=made.user).feed_token
    addresses = (f"/alerts/feeds/{token}.atom", "/alerts/log/", "/alerts/")
    assert all(b"ats" in reader.get(address).content for address in addresses)
    hide("cats")
    feed, log, page = (reader.get(address).content.decode() for address in addresses)
    assert "Cats" not in feed
    assert "<entry>" not in feed
    assert "Cats" not in log
    assert "An alert about a hashtag that an editor has hidden since." in log
    assert "#cats" not in page


def test_quiet_hours_and_digest_are_saved_and_need_both_ends(reader: Client) -> None:
    wanted = {
        "time_zone": "Europe/Berlin",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "quiet_mode": "drop",
        "digest_hour": "8",
    }
    assert reader.post("/alerts/preferences/", {**wanted, "quiet_until": ""}).status_code == 422
    assert reader.post("/alerts/preferences/", {**wanted, "time_zone": "Mars/Olympus"}).status_code == 422
    assert reader.post("/alerts/preferences/", wanted).status_code == 302
    page = reader.get("/alerts/").content.decode()
    assert "Quiet from 22:00 to 07:00 (Europe/Berlin)." in page
    assert "A digest of the day before comes at 8:00 (Europe/Berlin)." in page


def test_a_digest_has_the_leaders_and_the_watched_hashtags_of_yesterday(
    ada: User, watch: MakeWatch, stage: Stage
) -> None:
    stage.day = NOW.date() - timedelta(days=1)
    stage.show()
    stage.count("*", {"Dogs": 1_500, "Cats": 700})
    Receiver.objects.create(user=ada, kind="mail", name="me")
    watch(key="cats")
    watch(key="nobody")
    row = Preferences.objects.create(user=ada, digest_hour=7)
    ranking = asyncio.run(_yesterday())
    digest._queue(row, ranking, NOW)
    digest._queue(row, ranking, NOW)
    sent = Delivery.objects.get()
    assert sent.subject == "Trendsite: 21 November 2026"
    assert "1. #Dogs: 1,500 posts\n2. #Cats: 700 posts\n\nYour hashtags:\n2. #Cats: 700 posts\n" in sent.text
    assert "#nobody is not among the first 1,000." in sent.text
    row.refresh_from_db()
    assert row.digest_sent_on == date(2026, 11, 22)


async def _yesterday() -> Ranking:
    async with open_redis() as redis:
        shown = (await read_pipeline_status(redis)).board
        assert shown
        return await read_ranking(redis, shown, EVERYTHING, 1_000, NOW)


def test_watched_hashtags_have_their_rank_below_the_board_even_far_down(
    reader: Client, watch: MakeWatch, stage: Stage, hide: Callable[..., None]
) -> None:
    stage.show()
    stage.count("*", {**{f"other{number}": 5_000 - number for number in range(3_000)}, "Cats": 3, "Hid": 9})
    for key in ("cats", "absent", "hid", "other7"):
        watch(key=key)
    hide("hid")
    part = reader.get("/alerts/watched/").content.decode()
    assert part.index("#other7") < part.index("#cats") < part.index("#absent")
    assert "number 8" in part
    assert "number 3,001" in part
    assert part.count("not among today") == 2
    assert "script" not in part


@pytest.mark.parametrize(
    "path", ["", "new/", "receivers/new/", "preferences/", "log/", "watched/"], ids=lambda path: path or "alerts"
)
def test_a_client_may_ask_for_the_headers_of_a_page_alone(reader: Client, path: str) -> None:
    assert reader.head(f"/alerts/{path}").status_code == 200
