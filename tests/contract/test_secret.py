import multiprocessing
from pathlib import Path

import pytest

from contract.environment import Environment, SettingError
from contract.secret import SECRET_FILE, collector_secret, is_proof, new_nonce, proof

SECRET = "9f1c4b7e2a6d8035c1e4f7092b5d8a63"


def test_the_secret_is_created_once_and_only_its_owner_can_read_it(tmp_path):
    secret = collector_secret(tmp_path / "var", "")
    assert collector_secret(tmp_path / "var", "") == secret
    (path,) = (tmp_path / "var").iterdir()
    assert (path.name, path.stat().st_mode & 0o777) == (SECRET_FILE, 0o600)
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_processes_that_start_at_the_same_moment_share_one_secret(tmp_path):
    with multiprocessing.get_context("fork").Pool(8) as pool:
        secrets = pool.starmap(collector_secret, [(tmp_path, "")] * 64, chunksize=1)
    assert len(set(secrets)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]


def test_a_secret_from_the_settings_needs_no_file(tmp_path):
    assert collector_secret(tmp_path, Environment({"COLLECTOR_SECRET": SECRET}).collector_secret()) == SECRET
    assert list(tmp_path.iterdir()) == []
    assert Environment({}).collector_secret() == ""


@pytest.mark.parametrize("secret", ["x", "short-and-secret", "x" * 64, "0123456789abcdef 123456789abcdef", "ü" * 40])
def test_a_weak_secret_is_refused_in_one_line_that_does_not_show_it(secret):
    with pytest.raises(SettingError, match=r"^COLLECTOR_SECRET [^\n]*$") as refused:
        Environment({"COLLECTOR_SECRET": secret}).collector_secret()
    assert secret == "x" or secret not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"x" * 64, b"\xff" * 40])
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, content: bytes):
    (tmp_path / SECRET_FILE).write_bytes(content)
    with pytest.raises(SettingError, match="remove it, and the next start makes another"):
        collector_secret(tmp_path, "")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / SECRET_FILE).mkdir()
    with pytest.raises(SettingError, match=f"{SECRET_FILE} cannot be used"):
        collector_secret(tmp_path, "")


def test_a_proof_is_valid_for_its_secret_its_side_and_its_two_nonces_only():
    ours, theirs = new_nonce(), new_nonce()
    right = proof(SECRET, "reader", ours, theirs)
    assert is_proof(right, SECRET, "reader", ours, theirs)
    assert not is_proof(right, SECRET[::-1], "reader", ours, theirs)
    assert not is_proof(right, SECRET, "collector", ours, theirs)
    assert not is_proof(right, SECRET, "reader", new_nonce(), theirs)
    assert not is_proof(right, SECRET, "reader", ours, new_nonce())
    assert not is_proof("\udcff", SECRET, "reader", ours, "\udcff")
