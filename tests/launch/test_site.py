import os
from pathlib import Path

from contract.files import restrict_new_files
from launch.site import collect_static


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
