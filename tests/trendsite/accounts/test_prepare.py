import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import OperationalError

from trendsite.accounts.management.commands import prepare


def database_that_starts(failures: int):
    outcomes = iter([OperationalError("the database system is starting up")] * failures)

    def connect() -> None:
        if error := next(outcomes, None):
            raise error

    return connect


def test_a_database_that_starts_at_the_same_moment_is_waited_for():
    pauses = []
    prepare.wait_for_database(database_that_starts(failures=3), lambda failures: failures * 10.0, pauses.append)
    assert pauses == [10.0, 20.0, 30.0]


def test_a_database_that_does_not_start_is_given_up():
    pauses = []
    with pytest.raises(OperationalError, match="starting up"):
        prepare.wait_for_database(database_that_starts(failures=1_000), lambda _: 1.0, pauses.append)
    assert len(pauses) == prepare.ATTEMPTS - 1


@pytest.mark.django_db
def test_preparing_twice_leaves_one_admin_whose_password_is_in_the_file(monkeypatch, tmp_path, capsys):
    secret = tmp_path / "admin_password"
    secret.write_text("correct horse battery\n")
    monkeypatch.setenv("ADMIN_PASSWORD_FILE", str(secret))
    for _ in range(2):
        call_command("prepare", verbosity=0)
    assert get_user_model().objects.get(username="admin").check_password("correct horse battery")
    assert "correct horse" not in capsys.readouterr().out


@pytest.mark.django_db
def test_without_a_password_one_is_made_and_shown_once(capsys):
    call_command("prepare", verbosity=0)
    shown = capsys.readouterr().out.split()[-1]
    assert get_user_model().objects.get(username="admin").check_password(shown)
    call_command("prepare", verbosity=0)
    assert capsys.readouterr().out == ""


def test_an_unusable_database_is_one_line(monkeypatch):
    monkeypatch.setattr(prepare, "wait_for_database", lambda *_: database_that_starts(failures=1)())
    with pytest.raises(CommandError, match="the database is not usable: the database system is starting up"):
        call_command("prepare")
