import os
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from contract.files import restrict_new_files
from launch.site import collect_static, make_first_admin


@pytest.mark.django_db
def test_the_first_start_creates_an_admin_that_can_log_in():
    password = make_first_admin()
    admin = get_user_model().objects.get(username="admin")
    assert admin.check_password(password)
    assert admin.is_superuser


@pytest.mark.django_db
def test_a_later_start_creates_no_second_admin():
    make_first_admin()
    assert make_first_admin() is None
    assert get_user_model().objects.count() == 1


@pytest.mark.django_db
def test_no_admin_is_created_if_there_is_another_superuser():
    get_user_model().objects.create_superuser("grace", password="made by hand")
    assert make_first_admin() is None


def test_only_their_owner_can_read_static_files(settings, tmp_path: Path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    before = os.umask(0o022)
    try:
        restrict_new_files()
        collect_static()
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in settings.STATIC_ROOT.rglob("*") if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in settings.STATIC_ROOT.rglob("*") if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_static_files_are_collected_again_only_after_a_change(settings, tmp_path: Path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    collect_static()
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    manifest.unlink()
    collect_static()
    assert not manifest.exists()
    (tmp_path / "static.collected").unlink()
    collect_static()
    assert manifest.exists()
