"""Account ids and the hashes that stand for them."""

import re

import pytest

from collector.authors import KEY_BYTES, AuthorKeyError, author_hash, author_key


def test_the_same_account_has_the_same_hash_and_the_key_decides_which():
    one, other = author_hash(b"1" * KEY_BYTES), author_hash(b"2" * KEY_BYTES)
    assert one("2244994945") == one("2244994945") != other("2244994945")
    assert len({one(str(i)) for i in range(10_000)}) == 10_000
    assert re.fullmatch(r"[0-9a-f]{16}", one("دخول"))


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    key = author_key(tmp_path)
    assert len(key) == KEY_BYTES
    assert author_key(tmp_path) == key
    (path,) = tmp_path.iterdir()
    assert (path.name, path.stat().st_mode & 0o777) == ("author.key", 0o600)


def test_a_damaged_key_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "author.key").write_bytes(b"short")
    with pytest.raises(AuthorKeyError, match=r"author\.key is not a key of 32 bytes: restore it, or remove it"):
        author_key(tmp_path)
