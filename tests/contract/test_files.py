"""The order of disk operations, what a failure leaves, and file modes."""

import os
import tempfile
import threading
from pathlib import Path

import pytest

from contract.files import ForeignFileError, make_private, restrict_new_files, write_atomically


def test_a_file_has_its_new_content_and_no_draft_remains(tmp_path):
    for content in (b"old", b"", b"new"):
        write_atomically(tmp_path / "a.json", content)
        assert (tmp_path / "a.json").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_bytes_are_durable_before_the_rename_and_the_name_before_the_return(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("sync"), fsync(handle)))
    monkeypatch.setattr(Path, "replace", lambda draft, to: (done.append("rename"), replace(draft, to)))
    write_atomically(tmp_path / "a.json", b"new")
    assert done == ["sync", "rename", "sync"]


def test_a_full_disk_leaves_the_old_content(tmp_path, monkeypatch):
    def broken(handle: int) -> None:
        raise OSError(28, "No space left on device")

    write_atomically(tmp_path / "a.json", b"old")
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"old"


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}


def test_other_users_lose_all_permissions_and_links_are_not_followed(tmp_path):
    data_dir, outside = tmp_path / "var", tmp_path / "outside"
    for folder in (data_dir / "log", outside):
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    data_dir.chmod(0o777)
    for path, mode in ((data_dir / "log" / "site.log", 0o644), (data_dir / "key", 0o600), (outside / "file", 0o644)):
        path.touch()
        path.chmod(mode)
    (data_dir / "folder").symlink_to(outside)
    (data_dir / "file").symlink_to(outside / "file")
    (data_dir / "nowhere").symlink_to(outside / "nowhere")
    make_private(data_dir)
    found = {name: mode for name, mode in modes(data_dir).items() if not (data_dir / name).is_symlink()}
    assert found == {".": 0o700, "log": 0o700, "log/site.log": 0o600, "key": 0o600}
    assert modes(outside) == {".": 0o755, "file": 0o644}


def test_a_missing_folder_is_no_error(tmp_path):
    make_private(tmp_path / "var")
    assert not (tmp_path / "var").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_file_of_another_user_is_named_with_the_command_that_helps():
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        data_dir.chmod(0o777)
        (data_dir / "theirs").touch()
        (data_dir / "theirs").chmod(0o644)
        os.chown(data_dir, 1004, 1004)
        os.seteuid(1004)
        try:
            with pytest.raises(ForeignFileError) as refused:
                make_private(data_dir)
        finally:
            os.seteuid(0)
        path = data_dir / "theirs"
        assert str(refused.value) == f"{path} belongs to user 0, and this is user 1004: chown -R 1004 {data_dir}"


def test_new_files_are_private_whatever_the_umask(tmp_path):
    before = os.umask(0o022)
    try:
        restrict_new_files()
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "file").touch()
    finally:
        os.umask(before)
    assert modes(tmp_path / "folder") == {".": 0o700, "file": 0o600}


def test_several_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    path, contents = tmp_path / "a.json", {name: name.encode() * 1_000 for name in "abc"}
    errors, seen = [], set()

    def write(writer: str) -> None:
        try:
            for _ in range(50):
                write_atomically(path, contents[writer], writer)
                seen.add(path.read_bytes())
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=[writer]) for writer in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert seen <= set(contents.values())
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
