"""The file of a backup: what was put in comes out, or it is refused in one line."""

import io
import random
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from launch.bundle import BUNDLE_FORMAT, About, BundleError, BundleWriter, ChangedError, read_about, unpack

ABOUT = About(BUNDLE_FORMAT, "0.1", 1, datetime(2026, 3, 4, tzinfo=UTC), [], "sqlite", True, 5_000)
FILES = {"data/a": b"short", "data/spool/b": random.Random(1).randbytes(100_000), "data/empty": b""}


def ignored(size: int) -> None:
    """Progress that nothing shows."""


def write(path: Path, about: About = ABOUT) -> Path:
    with BundleWriter(path, about, ignored) as writer:
        for name, content in FILES.items():
            writer.add_bytes(name, content, 1_700_000_000.5)
        writer.finish()
    return path


def test_files_come_out_as_they_were_with_their_times_and_private(tmp_path):
    bundle = write(tmp_path / "bundle")
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert read_about(bundle) == ABOUT
    (tmp_path / "out").mkdir()
    seen = []
    unpack(bundle, tmp_path / "out", seen.append)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FILES} == FILES
    assert (tmp_path / "out/data/a").stat().st_mtime == 1_700_000_000.5
    assert sum(seen) >= sum(map(len, FILES.values()))


def test_a_file_that_becomes_shorter_is_an_error(tmp_path):
    with BundleWriter(tmp_path / "bundle", ABOUT, ignored) as writer, pytest.raises(ChangedError, match="shorter"):
        writer.add("data/a", io.BytesIO(b"12"), 3, 0)


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_or_cut_bundle_is_refused_in_one_line(tmp_path, seed):
    choice = random.Random(seed)
    bundle = write(tmp_path / "bundle")
    content = bytearray(bundle.read_bytes())
    if seed % 2:
        del content[choice.randrange(len(content)) :]
    else:
        content[choice.randrange(len(content))] ^= 1 << choice.randrange(8)
    bundle.write_bytes(content)
    (tmp_path / "out").mkdir()
    with pytest.raises(BundleError) as refused:
        unpack(bundle, tmp_path / "out", ignored)
    assert "\n" not in str(refused.value)


def test_files_that_are_no_bundles_are_refused(tmp_path):
    for number, content in enumerate((b"", b"no bundle", zstandard.compress(b"no tar"))):
        path = tmp_path / str(number)
        path.write_bytes(content)
        with pytest.raises(BundleError, match="not a backup of Trendsite"):
            read_about(path)


def test_a_bundle_of_another_format_names_its_version(tmp_path):
    about = About(BUNDLE_FORMAT + 1, "99.1", 1, ABOUT.created_at, [], "", False, 0)
    with pytest.raises(BundleError, match=r"99\.1"):
        read_about(write(tmp_path / "bundle", about))


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "data/../../outside"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    (tmp_path / "bundle").write_bytes(zstandard.compress(packed.getvalue()))
    (tmp_path / "in" / "out").mkdir(parents=True)
    with pytest.raises(BundleError, match="outside"):
        unpack(tmp_path / "bundle", tmp_path / "in" / "out", ignored)
    assert not (tmp_path / "in" / "outside").exists()
