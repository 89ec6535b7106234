"""make eb-bundle: the zip has what the site's image is built from, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BUNDLE = ROOT / "docker" / "aws" / "eb" / "bundle.py"
SECRET = "made-up-token-that-must-stay-here"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a copy of this project that has data and secrets lying around."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("docker", "contract", "collector", "streaming", "trendsite", "launch", "locks"):
        # Other tests make files in these folders meanwhile.
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(f"cp {ROOT}/*.* {copy}", shell=True, check=True)
    (copy / ".env").write_text(f"X_BEARER_TOKEN={SECRET}\n")
    (copy / "var").mkdir()
    (copy / "var" / "secret_key").write_text(SECRET)
    (copy / "trendsite" / "__pycache__").mkdir(exist_ok=True)
    (copy / "trendsite" / "__pycache__" / "views.pyc").write_text(SECRET)
    (copy / "trendsite" / ".env").symlink_to(copy / ".env")
    target = copy / "trendsite-eb.zip"
    command = [sys.executable, str(copy / "docker/aws/eb/bundle.py"), str(target)]
    subprocess.run(command, cwd=copy, check=True, timeout=120)
    return target


def test_it_has_the_site_its_dockerfile_and_the_settings_of_the_environment(bundle: Path):
    names = set(zipfile.ZipFile(bundle).namelist())
    assert names >= {
        "Dockerfile",
        ".ebextensions/trendsite.config",
        ".platform/nginx/conf.d/trendsite.conf",
        "manage.py",
        "locks/requirements-site.lock",
        "trendsite/serve.py",
        "trendsite/board/static/board/board.css",
        "contract/ranking.py",
    }


def test_its_dockerfile_ends_with_the_site_whose_port_it_exposes(bundle: Path):
    lines = zipfile.ZipFile(bundle).read("Dockerfile").decode().splitlines()
    last = [number for number, line in enumerate(lines) if line.startswith("FROM ")][-1]
    assert lines[last].endswith(" AS site")
    assert "EXPOSE 8000" in lines[last:]
    assert not any("jre" in line or "streaming" in line for line in lines if not line.startswith("#"))


def test_everything_that_its_dockerfile_copies_is_in_it(bundle: Path, tmp_path: Path):
    zipfile.ZipFile(bundle).extractall(tmp_path)
    for line in (tmp_path / "Dockerfile").read_text().replace("\\\n", " ").splitlines():
        if line.startswith("COPY ") and "--from=" not in line:
            sources = [word for word in line.split()[1:-1] if not word.startswith("--")]
            assert [source for source in sources if not (tmp_path / source).exists()] == []


def test_it_has_no_data_no_settings_and_no_secret_of_this_machine(bundle: Path):
    with zipfile.ZipFile(bundle) as opened:
        for name in opened.namelist():
            assert not {".env", "var", ".venv", ".git", "__pycache__", "tests"} & set(Path(name).parts), name
            assert SECRET.encode() not in opened.read(name), name


def test_a_dockerfile_that_copies_what_is_missing_is_refused(bundle: Path, tmp_path: Path):
    (tmp_path / "docker/aws/eb").mkdir(parents=True)
    (tmp_path / "docker/aws/eb/bundle.py").write_text(BUNDLE.read_text())
    (tmp_path / "docker/Dockerfile").write_text("FROM scratch AS site\nCOPY nothing .\n")
    command = [sys.executable, str(tmp_path / "docker/aws/eb/bundle.py"), str(tmp_path / "out.zip")]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert refused.returncode == 1
    assert "the Dockerfile copies nothing, which does not exist" in refused.stderr
