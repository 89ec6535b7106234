"""The manifest of a day: the same bytes for the same day, and no byte of it changes unseen."""

from datetime import UTC, date, datetime

import pytest

from trendsite.archive.pipeline.manifest import FORMAT, Manifest, decode_manifest, encode_manifest
from trendsite.archive.pipeline.storage_files import StoredFile

MANIFEST = Manifest(
    day=date(2026, 11, 20),
    source="simulator",
    archived_at=datetime(2026, 11, 21, 1, 0, 0, 5, UTC),
    rows=10,
    posts=100,
    hashtags=3,
    languages=2,
    dropped=None,
    gaps=[],
    files=[StoredFile("day=2026-11-20/source=simulator/counts.parquet", 1_234, "ab" * 32)],
)


def test_a_manifest_is_read_as_it_was_written() -> None:
    content = encode_manifest(MANIFEST)
    found = decode_manifest(content)
    assert (found.archived_at, found.files, found.posts) == (MANIFEST.archived_at, MANIFEST.files, 100)
    assert encode_manifest(found) == content


def test_a_flipped_bit_in_any_byte_is_found() -> None:
    content = encode_manifest(MANIFEST)
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1
        with pytest.raises(ValueError, match="damaged"):
            decode_manifest(bytes(damaged))


@pytest.mark.parametrize("keep", [0, 1, 200, -1])
def test_a_torn_manifest_is_found(keep: int) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode_manifest(encode_manifest(MANIFEST)[:keep])


def test_a_manifest_of_a_later_version_says_to_upgrade() -> None:
    later = Manifest(**{name: getattr(MANIFEST, name) for name in MANIFEST.__struct_fields__} | {"format": FORMAT + 1})
    with pytest.raises(ValueError, match=r"of a later version, Trendsite .*: upgrade"):
        decode_manifest(encode_manifest(later))
