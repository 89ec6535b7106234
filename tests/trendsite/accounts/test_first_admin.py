import pytest
from django.contrib.auth import get_user_model

from contract.environment import SettingError
from trendsite.accounts.first_admin import make_first_admin

pytestmark = pytest.mark.django_db


def test_the_first_start_creates_an_admin_that_can_log_in():
    password = make_first_admin("")
    admin = get_user_model().objects.get(username="admin")
    assert admin.check_password(password)
    assert admin.is_superuser


def test_a_given_password_is_the_first_admins_and_is_not_shown():
    assert make_first_admin("correct horse battery") is None
    assert get_user_model().objects.get(username="admin").check_password("correct horse battery")


def test_a_later_start_changes_neither_the_admin_nor_its_password():
    make_first_admin("correct horse battery")
    assert make_first_admin("another one entirely") is None
    assert get_user_model().objects.get().check_password("correct horse battery")


def test_no_admin_is_created_if_there_is_another_superuser():
    get_user_model().objects.create_superuser("grace", password="made by hand")
    assert make_first_admin("") is None
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize("password", ["admin", "password", "2468"])
def test_a_weak_password_is_refused_in_one_line_that_does_not_show_it(password):
    with pytest.raises(SettingError, match="ADMIN_PASSWORD") as refused:
        make_first_admin(password)
    assert "\n" not in str(refused.value)
    assert f"{password!r}" not in str(refused.value)
    assert not get_user_model().objects.exists()
