from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from launch.site import collect_static, make_first_admin


@pytest.mark.django_db
def test_the_first_start_makes_an_admin_who_can_log_in():
    password = make_first_admin()
    admin = get_user_model().objects.get(username="admin")
    assert admin.check_password(password)
    assert admin.is_superuser


@pytest.mark.django_db
def test_a_later_start_makes_no_second_admin():
    make_first_admin()
    assert make_first_admin() is None
    assert get_user_model().objects.count() == 1


@pytest.mark.django_db
def test_no_admin_is_made_beside_a_superuser_of_another_name():
    get_user_model().objects.create_superuser("grace", password="made by hand")
    assert make_first_admin() is None


def test_static_files_are_not_collected_again_while_none_has_changed(settings, tmp_path: Path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    collect_static()
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    manifest.unlink()
    collect_static()
    assert not manifest.exists()
    (tmp_path / "static.collected").unlink()
    collect_static()
    assert manifest.exists()
