"""Changing a password, and choosing a new one by e-mail."""

import re
import threading

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command

from tests.trendsite.accounts.conftest import PASSWORD
from trendsite.accounts import forms

NEW = "another long enough one"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(forms, "in_background", lambda send: send())


def ask(client, address):
    return client.post("/forgotten-password/", {"email": address}, follow=True)


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client, ada):
    assert "Check your e-mail" in ask(client, "ada@example.org").content.decode()
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert "Your user name: ada" in message.body
    link = re.search(r"http://localhost:8000(/\S+)", message.body)[1]
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    assert "token" not in link or link not in address
    done = client.post(address, {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Your new password is saved" in done.content.decode()
    assert client.post("/login/", {"username": "ada", "password": NEW}).status_code == 302
    client.logout()
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_the_response_does_not_reveal_whether_an_account_exists(client, ada):
    known, unknown = ask(client, "ada@example.org"), ask(client, "nobody@example.org")
    assert len(mail.outbox) == 1
    assert known.redirect_chain == unknown.redirect_chain
    assert known.content == unknown.content


def test_a_slow_or_failing_mail_server_reveals_nothing_either(client, ada, monkeypatch):
    monkeypatch.undo()
    may_go_on, was_called = threading.Event(), threading.Event()

    def slow(*_arguments, **_named):
        was_called.set()
        assert may_go_on.wait(20)
        raise OSError("the mail server is away")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", slow)
    answer = ask(client, "ada@example.org")
    assert answer.redirect_chain == [("/forgotten-password/sent/", 302)]
    assert was_called.wait(20)
    may_go_on.set()


def test_repeated_requests_send_one_e_mail(client, ada):
    for _ in range(5):
        ask(client, "ada@example.org")
    assert len(mail.outbox) == 1


def test_too_many_e_mails_at_once_are_not_sent(monkeypatch, caplog):
    monkeypatch.undo()
    monkeypatch.setattr(forms, "_sending", threading.BoundedSemaphore(1))
    may_go_on = threading.Event()
    forms.in_background(lambda: may_go_on.wait(20))
    forms.in_background(lambda: pytest.fail("too many are being sent"))
    may_go_on.set()
    assert forms._sending.acquire(timeout=20), "the first one is still being sent"
    assert "not sent" in caplog.text


def test_a_user_name_cannot_add_a_header(client, db):
    User.objects.create_user("x@evil.example\r\nBcc: all", "eve@example.org", PASSWORD)
    ask(client, "eve@example.org")
    assert "\n" not in mail.outbox[0].subject


def test_changing_a_password_asks_for_the_old_one_and_keeps_this_browser_logged_in(client, ada):
    client.force_login(ada)
    fields = {"new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password/", {**fields, "old_password": "wrong"}).status_code == 200
    done = client.post("/account/password/", {**fields, "old_password": PASSWORD}, follow=True)
    assert "Your password is changed" in done.content.decode()
    ada.refresh_from_db()
    assert ada.check_password(NEW)


@pytest.mark.parametrize("weak", ["short", "password1234", "ada@example"])
def test_a_weak_password_is_refused_with_the_reason(client, ada, weak):
    client.force_login(ada)
    fields = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    assert "errorlist" in client.post("/account/password/", fields).content.decode()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize("page", ["/account/", "/account/password/"])
def test_an_anonymous_user_is_sent_to_log_in(client, db, page):
    assert client.get(page)["Location"] == f"/login/?next={page}"


@pytest.mark.django_db
def test_make_password_sets_a_new_one_for_admin(client, monkeypatch):
    User.objects.create_superuser("admin", password=PASSWORD)
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", "admin")
    assert client.post("/login/", {"username": "admin", "password": NEW}).status_code == 302
