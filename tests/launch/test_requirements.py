import io
from pathlib import Path

import pytest

from launch import requirements
from launch.cannot_start import CannotStartError
from launch.terminal import Terminal


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    return tmp_path / "venv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("six==1.17.0\n")
    file = tmp_path / "requirements-dev.txt"
    file.write_text("# tools\n-r requirements.txt\nruff==0.17.6\n")
    return file


def make_pip(venv: Path, script: str) -> None:
    """A stand-in for the Python of the venv, which is only asked to run pip."""
    python = venv / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


def test_what_was_installed_is_not_installed_again(venv: Path, file: Path, plain_terminal: Terminal):
    make_pip(venv, "echo Installing collected packages: six")
    assert not requirements.is_installed(venv, file)
    requirements.install(venv, file, plain_terminal)
    assert requirements.is_installed(venv, file)


@pytest.mark.parametrize("changed", ["requirements.txt", "requirements-dev.txt"])
def test_a_changed_file_is_installed_again_and_so_is_one_that_includes_it(venv: Path, file: Path, changed: str):
    requirements.mark_installed(venv, file)
    (file.parent / changed).write_text("six==1.18.0\n")
    assert not requirements.is_installed(venv, file)


def test_when_pip_fails_its_error_is_shown_and_the_next_start_tries_again(
    venv: Path, file: Path, plain_terminal: Terminal, screen: io.StringIO
):
    make_pip(venv, "echo WARNING: something else; echo 'ERROR: No matching distribution found for six'; exit 1")
    with pytest.raises(CannotStartError, match="could not be installed"):
        requirements.install(venv, file, plain_terminal)
    assert screen.getvalue() == "ERROR: No matching distribution found for six\n"
    assert not requirements.is_installed(venv, file)


def test_what_pip_downloads_lies_in_venv_and_is_gone_afterwards(venv: Path, file: Path, plain_terminal: Terminal):
    make_pip(venv, 'echo "$TMPDIR"')
    requirements.install(venv, file, plain_terminal)
    temporary = Path((venv / "install.log").read_text().strip())
    assert temporary.parent == venv
    assert not temporary.exists()
