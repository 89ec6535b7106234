"""Repeated failed log-ins of an address are throttled, and no others."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.utils import timezone

from tests.trendsite.accounts.conftest import PASSWORD
from trendsite.accounts import login_throttle

pytestmark = pytest.mark.django_db


@pytest.fixture
def behind_proxy(settings):
    settings.SITE_IS_HTTPS = True


def log_in(client, password, name="ada", address="192.0.2.1", **headers):
    return client.post("/login/", {"username": name, "password": password}, REMOTE_ADDR=address, headers=headers)


def fail(client, times, **who):
    return [log_in(client, f"guess {number}", **who).status_code for number in range(times)]


def test_ten_failures_lock_an_address_out_whatever_names_it_tries(client, ada):
    assert fail(client, 5) + fail(client, 4, name="bob") == [200] * 9
    assert fail(client, 1, name="carl") == [429]
    response = log_in(client, PASSWORD)
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert client.get("/account/").status_code == 302


def test_the_admin_has_no_other_log_in(client, ada):
    fail(client, 10)
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1] == ("/login/?next=/admin/", 302)


def test_other_addresses_are_let_in_meanwhile(client, ada):
    fail(client, 10)
    assert log_in(client, PASSWORD, address="192.0.2.2").status_code == 302


def test_the_wait_ends_after_the_time_on_the_page(client, ada):
    fail(client, 12)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert log_in(client, PASSWORD).status_code == 302
    assert AccessAttempt.objects.count() == 0


def test_attempts_while_locked_out_do_not_prolong_it(client, ada):
    fail(client, 10)
    before = AccessAttempt.objects.values_list("attempt_time", "failures_since_start").get()
    fail(client, 3)
    assert AccessAttempt.objects.values_list("attempt_time", "failures_since_start").get() == before


def test_behind_a_proxy_each_of_its_clients_counts_for_itself(client, ada, behind_proxy):
    https = {"x-forwarded-proto": "https"}
    for _ in range(10):
        log_in(client, "guess", **https, **{"x-forwarded-for": "203.0.113.5, 198.51.100.7"})
    assert log_in(client, PASSWORD, **https, **{"x-forwarded-for": "198.51.100.7"}).status_code == 429
    assert log_in(client, PASSWORD, **https, **{"x-forwarded-for": "198.51.100.8"}).status_code == 302


def test_without_a_proxy_a_forwarded_address_is_ignored(client, ada):
    for number in range(10):
        log_in(client, "guess", **{"x-forwarded-for": f"198.51.100.{number}"})
    assert log_in(client, PASSWORD, **{"x-forwarded-for": "198.51.100.99"}).status_code == 429


def test_a_network_of_ipv6_counts_as_one_address(client, ada):
    for number in range(10):
        log_in(client, "guess", address=f"2001:db8:1:2::{number}")
    assert log_in(client, PASSWORD, address="2001:db8:1:2:ffff::1").status_code == 429
    assert log_in(client, PASSWORD, address="2001:db8:1:3::1").status_code == 302


@pytest.mark.parametrize("address", ["", "unix:", "ÿ" * 64])
def test_an_invalid_address_is_stored_as_none(address):
    assert login_throttle.network_ip(address) is None


def test_the_table_of_attempts_is_bounded(client, ada, monkeypatch):
    monkeypatch.setattr(login_throttle, "MAX_ATTEMPTS", 3)
    for number in range(6):
        log_in(client, "guess", name=f"name{number}", address=f"192.0.2.{number}")
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {"name3", "name4", "name5"}


def test_passwords_are_in_no_attempt(client, ada):
    log_in(client, "s3cret-guess")
    attempt = AccessAttempt.objects.get()
    assert "s3cret-guess" not in f"{attempt.get_data}{attempt.post_data}"


def test_the_command_axes_reset_unlocks_everyone(client, ada):
    fail(client, 10)
    assert log_in(client, PASSWORD).status_code == 429
    call_command("axes_reset")
    assert log_in(client, PASSWORD).status_code == 302
