import io
from pathlib import Path

import pytest

from launch.pip_progress import Package, PipProgress, parse_package
from launch.terminal import Terminal


@pytest.mark.parametrize(
    ("line", "package"),
    [
        (
            "  Downloading pyspark-4.3.0.tar.gz (455.9 MB)\n",
            Package("pyspark-4.3.0.tar.gz", "pyspark", "4.3.0", 455.9),
        ),
        (
            "  Downloading zope_interface-8.7-cp311-cp311-manylinux_2_17_x86_64.whl (250 kB)\n",
            Package("zope_interface-8.7-cp311-cp311-manylinux_2_17_x86_64.whl", "zope_interface", "8.7", 0.25),
        ),
        (
            "  Using cached django-storages-1.14.6.tar.gz\n",
            Package("django-storages-1.14.6.tar.gz", "django-storages", "1.14.6", 0),
        ),
        (
            "Processing /wheels/six-1.17.0-py2.py3-none-any.whl (from python-dateutil<3.0.0->botocore)\n",
            Package("six-1.17.0-py2.py3-none-any.whl", "six", "1.17.0", 0),
        ),
        ("  Downloading boto3-1.44.5-py3-none-any.whl.metadata (6.7 kB)\n", None),
        ("Collecting boto3==1.44.5 (from -r requirements.txt (line 2))\n", None),
        ("Successfully installed six-1.17.0\n", None),
    ],
)
def test_a_line_of_pip_names_a_package_or_none(line, package):
    assert parse_package(line) == package


def test_without_a_terminal_only_big_packages_and_steps_are_told(tmp_path: Path, screen: io.StringIO):
    progress = PipProgress(Terminal(screen, live=False), tmp_path)
    for line in (
        "  Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)\n",
        "  Downloading pyspark-4.3.0.tar.gz (455.9 MB)\n",
        "  Building wheel for pyspark (pyproject.toml): started\n",
        "Installing collected packages: six, pyspark\n",
    ):
        progress.line(line)
    progress.wait(3)
    assert screen.getvalue().splitlines() == [
        "  pyspark 4.3.0 (456 MB)",
        "  unpacking pyspark",
        "  installing what was downloaded (2 in all)",
    ]


def test_a_terminal_shows_how_much_of_a_big_download_has_arrived(tmp_path: Path, screen: io.StringIO):
    progress = PipProgress(Terminal(screen, live=True), tmp_path)
    progress.line("  Downloading pyspark-4.3.0.tar.gz (40 MB)\n")
    (tmp_path / "pip-unpack-1").mkdir()
    (tmp_path / "pip-unpack-1" / "pyspark-4.3.0.tar.gz").write_bytes(b"\0" * 10_000_000)
    progress.wait(3)
    assert "pyspark 4.3.0: 10 of 40 MB (3 s)" in screen.getvalue()
