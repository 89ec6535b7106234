"""Addresses and forms that nobody means: a form error, a refusal or "not found", never an error of the site."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from trendsite.archive.models import Day, DayCount, DayLanguage
from trendsite.moderation.models import HiddenHashtag

pytestmark = pytest.mark.django_db

HUGE = "9" * 30
FIRST, LAST = "0001-01-01", "9999-12-31"
MOMENTS = [
    "9999-12-31T23:59-14:00",
    "0001-01-01T00:00+14:00",
    "9999-12-31 23:59:59.999999-23:59",
    "0000-00-00T00:00",
    "2026-11-28T25:00",
    "2026-11-28T20:00+99:99",
    HUGE,
    "x" * 5_000,
    "\u0662\u0660\u0662\u0666-11-28",
]
RUBBISH = ["", HUGE, "-1", b"\xed\xa0\x80", "x" * 5_000, "%s%n{{ x }}", "1e999", "NaN"]

ADDRESSES = [
    "/?languages={}&window={}&top={}&by={}",
    "/embed/?languages={}&theme={}&top={}",
    "/search/?q={}",
    "/days/?year={}&source={}",
    "/days/?month={}&source={}",
    "/days/?from={}&to={}&languages={}&top={}",
    f"/days/?from={FIRST}&to={{}}",
    "/weeks/{}/",
    "/months/0001-01/?languages={}&top={}&source={}",
    "/years/9999/?networks={}&source={}",
    "/days/{}/",
    "/days/2026-11-20/?at={}&languages={}&top={}&source={}",
    f"/days/{FIRST}/?at={{}}",
    f"/days/{LAST}/?at={{}}",
    "/hashtags/{}/",
    "/hashtags/cats/?day={}&languages={}&source={}",
    f"/hashtags/cats/?day={FIRST}&source={{}}",
    f"/hashtags/cats/?day={LAST}&source={{}}",
    "/languages/{}/",
    "/languages/changes/?page={}",
    "/moderation/?q={}&page={}&language={}",
    "/moderation/history/?page={}",
    "/hidden/?q={}",
    "/alerts/new/?hashtag={}",
    "/alerts/log/?page={}",
    "/alerts/feeds/{}.atom",
    "/alerts/{}/",
    "/people/?q={}&page={}",
    "/invitation/{}/",
    "/login/?next={}",
    "/admin/login/?next={}",
    "/forgotten-password/{}/{}/",
    "/api/v1/top?languages={}&limit={}&window={}&by={}&format={}",
    f"/api/v1/top?day={FIRST}&languages={{}}",
    f"/api/v1/top?day={LAST}&languages={{}}",
    "/api/v1/days/?limit={}&before={}&source={}&languages={}",
    f"/api/v1/days/?before={FIRST}&source={{}}",
    f"/api/v1/days/?before={LAST}&source={{}}",
    "/api/v1/days/{}",
    "/api/v1/range?from={}&to={}&languages={}&limit={}&source={}",
    f"/api/v1/range?from={FIRST}&to={FIRST}&source={{}}",
    f"/api/v1/range?from={LAST}&to={LAST}&source={{}}",
    "/api/v1/counts?from={}&to={}&languages={}&format={}&source={}",
    f"/api/v1/counts?from={LAST}&to={LAST}&source={{}}",
    f"/api/v1/days/{FIRST}?source={{}}",
    f"/api/v1/days/{LAST}?source={{}}",
    "/api/v1/days/{}/race?languages={}&source={}",
    f"/api/v1/days/{FIRST}/race?source={{}}",
    f"/api/v1/days/{LAST}/race?source={{}}",
    "/api/v1/hashtags/{}",
    "/api/v1/hashtags/cats?day={}&languages={}&source={}",
    f"/api/v1/hashtags/cats?day={LAST}&source={{}}",
    "/api/v1/series?hashtag={}&limit={}&before={}&source={}",
    f"/api/v1/series?hashtag=cats&before={FIRST}&source={{}}",
    f"/api/v1/series?hashtag=cats&before={LAST}&source={{}}",
    "/api/v1/suggestions?q={}&limit={}",
    "/feeds/{}/{}.rss",
    "/feeds/all/{}.rss",
    "/healthz?x={}",
    "/readyz?x={}",
    "/ws/board/?languages={}",
    "/{}",
]


@pytest.fixture
def editor(client: Client, settings: Settings) -> Client:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = User.objects.create_user("ada", password="a long pass phrase")
    user.groups.add(Group.objects.get(name="editor"))
    client.force_login(user)
    client.raise_request_exception = False
    return client


@pytest.fixture
def known(stage) -> None:
    """A day of the archive and one of now, so that questions reach both."""
    day = Day.objects.create(
        source="simulator", date=date(2026, 11, 20), archived_at=datetime(2026, 11, 22, tzinfo=UTC)
    )
    DayLanguage.objects.create(day=day, language="*", posts=7, hashtags=1)
    DayCount.objects.create(day=day, language="*", rank=1, key="cats", hashtag="Cats", posts=7)
    stage.count("en", {"Cats": 2})
    stage.show()


def percent_encoded(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return "".join(f"%{byte:02X}" for byte in raw)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_is_an_error(editor, known, address):
    for rubbish in [*RUBBISH, *MOMENTS, FIRST, LAST, "\0"]:
        asked = address.replace("{}", percent_encoded(rubbish))
        answer = editor.get(asked)
        assert answer.status_code < 500 or address.startswith("/readyz"), asked


FORMS = {
    "/moderation/hide/": {
        "kind": "exact",
        "key": "cats",
        "language": "*",
        "lasts": "",
        "reason": "loud",
        "until": "",
        "next": "",
    },
    "/moderation/decide/": {"hide": "cats", "lasts": "1h", "reason": "loud", "next": ""},
    "/moderation/decide/?allow": {"allow": "cats", "lasts": "", "next": ""},
    "/moderation/decide/?seen": {"seen": "1", "key": "cats"},
    "/moderation/decide/?undo": {"undo": "1"},
    "/alerts/new/": {
        "subject": "pattern",
        "key": "cat*",
        "condition": "day",
        "number_day": "10",
        "languages": "en",
        "networks": "x",
        "receivers": "1",
    },
    "/alerts/receivers/new/": {"kind": "webhook", "name": "desk", "address": "https://example.org/"},
    "/alerts/preferences/": {
        "time_zone": "UTC",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "quiet_mode": "hold",
        "digest_hour": "8",
    },
    "/languages/": {"shown": "en es", "tracked": "en"},
    "/languages/en/": {"terms": "the", "seen": "the"},
    "/own-board/": {"query": "?languages=en"},
    "/account/password/": {"old_password": "x", "new_password1": "y", "new_password2": "y"},
    "/forgotten-password/": {"email": "ada@example.org"},
    "/login/": {"username": "ada", "password": "x", "next": "/"},
    "/logout/": {"next": "/"},
}


@pytest.mark.parametrize("address", FORMS)
def test_no_form_is_an_error(editor, known, address):
    filled = FORMS[address]
    for field in filled:
        for rubbish in [*RUBBISH, *MOMENTS, "\0", [HUGE] * 500]:
            assert editor.post(address, {**filled, field: rubbish}).status_code < 500, (field, rubbish)
        raw = f"{field}=%ED%A0%80%00"
        answer = editor.post(address, raw, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("address", "filled"),
    [
        ("/people/invite/", {"role": "viewer", "email": "a@example.org"}),
        ("/people/{}/", {"role": "viewer", "email": "a@example.org"}),
        ("/invitation/", {"username": "zoe", "password1": "a quite long one", "password2": "a quite long one"}),
    ],
)
def test_no_form_about_people_is_an_error(editor, address, filled):
    User.objects.get(username="ada").groups.add(Group.objects.get(name="admin"))
    other = User.objects.create_user("bob")
    for field in filled:
        for rubbish in [*RUBBISH, *MOMENTS, "\0", [HUGE] * 500]:
            answer = editor.post(address.format(other.pk), {**filled, field: rubbish})
            assert answer.status_code < 500, (field, rubbish)
    for number in ("9" * 5_000, "0", "9223372036854775808"):
        assert editor.post(f"/people/{number}/", {"role": "viewer"}).status_code == 404
        assert editor.post(f"/people/invitations/{number}/withdraw/").status_code == 404


@pytest.mark.parametrize("until", MOMENTS)
def test_a_moment_that_no_clock_shows_is_a_form_error_and_hides_nothing(editor, known, until):
    answer = editor.post("/moderation/hide/", {**FORMS["/moderation/hide/"], "until": until})
    assert answer.status_code == 422
    assert b'role="alert"' in answer.content
    assert not HiddenHashtag.objects.exists()


@pytest.mark.parametrize("until", MOMENTS)
def test_the_admin_refuses_such_a_moment_too(editor, known, until):
    User.objects.filter(username="ada").update(is_superuser=True, is_staff=True)
    answer = editor.post("/admin/hidden/hiddenhashtag/add/", {**FORMS["/moderation/hide/"], "until": until})
    assert answer.status_code == 200
    assert not HiddenHashtag.objects.exists()


def test_a_row_with_a_huge_number_is_not_found(editor):
    for number in (HUGE, "9" * 5_000, "0", "9223372036854775807", "9223372036854775808"):
        assert editor.post(f"/moderation/hidden/{number}/unhide/").status_code == 404


def test_a_moment_in_another_time_zone_is_understood(editor, known):
    editor.post("/moderation/hide/", {**FORMS["/moderation/hide/"], "until": "2999-01-01T02:00+02:00"})
    assert HiddenHashtag.objects.get().until == datetime(2999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("address", FORMS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "latin-1"])
def test_a_form_in_another_encoding_is_refused_in_words(editor, address, encoding):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=a"):
        answer = editor.generic(
            "POST", address, b"--a\r\n\r\n\xff\r\n--a--", content_type=f"{kind}; charset={encoding}"
        )
        assert (answer.status_code, answer.content.startswith(b"The form is in another encoding")) == (400, True)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_at_the_edge_of_the_calendar_is_shown(editor, known, day):
    Day.objects.create(source="replay-x", date=day, archived_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert editor.get("/days/?source=replay-x").status_code == 200
    assert editor.get(f"/days/{day}/?source=replay-x").status_code == 200
    for path in (f"/months/{day.isoformat()[:7]}/", f"/years/{day.isoformat()[:4]}/"):
        assert editor.get(f"{path}?source=replay-x").status_code == 200
