"""The archive of Java's classes is made once, by a process that only the first start has."""

import sys
from pathlib import Path

import pytest

from launch.java import mark_archived
from launch.process_environment import PACKAGES, derive, wants_class_archive


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    (tmp_path / "venv").mkdir()
    return tmp_path / "java"


def test_it_is_wanted_until_it_is_made_for_this_java(home: Path, tmp_path: Path):
    values = {"JAVA_HOME": str(home), "DATA_DIR": str(tmp_path), "REDIS_URL": "redis://x"}
    assert derive(values, "/dev/fd/1", live=False)["ARCHIVES_CLASSES"] == "true"
    mark_archived(Path(sys.prefix), home, PACKAGES)
    assert derive(values, "/dev/fd/1", live=False)["ARCHIVES_CLASSES"] == "false"
    assert wants_class_archive({"JAVA_HOME": "/another/java"})


def test_without_a_java_there_is_nothing_to_archive(home: Path):
    assert not wants_class_archive({})
