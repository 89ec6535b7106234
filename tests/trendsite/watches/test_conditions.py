"""The pure parts: quiet hours, digests, services, signatures."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from trendsite.watches.conditions import MAX_EPISODES, Changes, changes
from trendsite.watches.public_http import AddressError
from trendsite.watches.quiet import digest_day, quiet_until, zone_names, zone_of
from trendsite.watches.services import SERVICES, service_of
from trendsite.watches.signature import new_secret, signature

NOW = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def test_episodes_begin_lapse_resume_and_end() -> None:
    hour_ago, moment_ago = NOW - timedelta(hours=1), NOW - timedelta(minutes=5)
    known = {"stays": None, "goes": None, "back": moment_ago, "again": hour_ago, "over": hour_ago, "away": moment_ago}
    assert changes(known, ["stays", "back", "again", "new"], NOW) == Changes(
        begun=("again", "new"), resumed=("back",), lapsed=("goes",), ended=("over",)
    )


def test_a_pattern_that_matches_everything_has_a_bound() -> None:
    known = dict.fromkeys(map(str, range(MAX_EPISODES - 1)))
    assert changes(known, [*known, "one", "more"], NOW).begun == ("one",)


def test_quiet_hours_go_past_midnight_and_through_a_change_of_the_clocks() -> None:
    # At 02:00 of the 29th clocks in Berlin go forward.
    assert quiet_until(NOW, BERLIN, time(22), time(7)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert quiet_until(NOW + timedelta(hours=4), BERLIN, time(22), time(7)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert quiet_until(NOW, BERLIN, time(0), time(7)) is None
    assert quiet_until(NOW, BERLIN, time(23), time(23, 45)) == NOW + timedelta(minutes=15)
    assert quiet_until(NOW, BERLIN, None, None) is None
    assert quiet_until(NOW, BERLIN, time(7), time(7)) is None


def test_a_digest_is_due_once_a_local_day_from_its_hour_on() -> None:
    assert digest_day(NOW, BERLIN, 23, None) == date(2026, 3, 28)
    assert digest_day(NOW, BERLIN, 23, date(2026, 3, 28)) is None
    assert digest_day(NOW, ZoneInfo("Asia/Tokyo"), 7, date(2026, 3, 28)) == date(2026, 3, 29)
    assert digest_day(NOW, ZoneInfo("Asia/Tokyo"), 8, date(2026, 3, 28)) is None


def test_an_unknown_time_zone_is_utc() -> None:
    assert zone_of("Mars/Olympus") == zone_of("../etc/passwd") == ZoneInfo("UTC")
    assert zone_names()[0] == "UTC"
    assert "Europe/Berlin" in zone_names()


def test_a_signature_is_that_of_standard_webhooks() -> None:
    # The example of https://www.standardwebhooks.com and its libraries.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert len({new_secret() for _ in range(10)}) == 10


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "dbus://",
        "syslog://local7",
        "json://10.0.0.1",
        "exec://rm",
        "mailto://user:pass@example.org",
        "workflows://host/a/b/?template=/etc/passwd",
        "ntfys://topic?attach=file:///etc/passwd",
        "ntfys://topic?verify=no",
        "ntfys://topic\nX: y",
        "ntfys:topic",
        "",
    ],
)
def test_services_that_could_do_more_than_send_are_refused(address: str) -> None:
    with pytest.raises(AddressError):
        service_of(address)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ntfys://topic", "ntfy"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "Slack"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "Telegram"),
        ("matrixs://user:pass@matrix.org/#room?format=markdown", "Matrix"),
    ],
)
def test_usual_services_are_known(address: str, name: str) -> None:
    assert service_of(address) == name


def test_apprise_knows_every_service_that_the_site_offers() -> None:
    apprise = pytest.importorskip("apprise")
    assert set(SERVICES) <= set(apprise.NotificationManager().schemas())
