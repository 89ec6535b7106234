"""Every command of docs/operations.md belongs to a drill: a test that runs it, or the code behind it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "operations.md").read_text()

# Commands of the page, without VARIABLE=value before them, and the test that runs each. The first pattern counts.
DRILLS = {
    r"make run": "tests/end_to_end/test_board.py::test_the_board_moves_recovers_by_itself",
    r"make status": "tests/launch/test_supervise.py::test_make_status_names_every_process",
    r"make password": "tests/trendsite/accounts/test_passwords.py::test_make_password_sets_a_new_one",
    r"make backup": "tests/end_to_end/test_backup.py::test_a_backup_while_everything_runs",
    r"make restore": "tests/end_to_end/test_backup.py::test_a_backup_while_everything_runs",
    r"git fetch|make upgrade": "tests/launch/test_upgrade.py::test_a_running_trendsite_changes_its_version",
    r"make backfill": "tests/end_to_end/test_backfill.py::test_days_counted_again_are_archived_as_live",
    r"rm -f var/counts": "tests/launch/test_drills.py::test_counts_that_the_page_removes_are_counted_again",
    r"manage\.py axes_reset": "tests/trendsite/accounts/test_login_throttle.py::test_the_command_axes_reset_unlocks",
    r"(\.venv/bin/python )?manage\.py check --deploy": "tests/trendsite/test_settings.py::test_djangos_check_of_a_depl",
    r"(\.venv/bin/)?python -m trendsite\.alerts": "tests/trendsite/alerts/test_alerts.py::test_a_test_message",
    r"(python -m collector|manage\.py) --version": "tests/contract/test_version.py::test_every_program_prints_the_vers",
    r"\.venv/bin/python -m pytest tests/month": "tests/month/test_month.py::test_every_night",
    r"manage\.py archive --(list|verify|restore|rewrite)": (
        "tests/trendsite/archive/tasks/test_stored_archive.py::test_list_describes"
    ),
    r"(\.venv/bin/python )?manage\.py archive": "tests/trendsite/archive/test_command.py::test_all_missed_days",
}

# Commands of other programs, and those of containers, which have tests of their own.
_OF_OTHERS = r"(ulimit|timedatectl|chown|openssl|docker compose|python -m collector bluesky)\b"
_PROGRAMS = (
    r"make|git|rm|mv|touch|docker|podman|systemctl|sudo|curl|aws|python3?|\.venv/bin/python|manage\.py|ulimit|timedatectl"
    r"|openssl"
)


def commands(page: str) -> Iterator[str]:
    """Yield the commands of a page, in indented lines and in its text, without variables before them."""
    in_blocks = re.findall(rf"^    ((?:[A-Z_]+=\S+ )*(?:{_PROGRAMS}) .+)", page, re.MULTILINE)
    in_text = re.findall(rf"`((?:[A-Z_]+=\S+ )*(?:{_PROGRAMS}) [^`]+)`", page)
    for command in (*(line.partition("  #")[0].strip() for line in in_blocks), *in_text):
        yield re.sub(r"^(?:[A-Z_]+=\S+ )+", "", command)


def drill_of(command: str) -> str | None:
    """Return the test of a command."""
    return next((test for pattern, test in DRILLS.items() if re.match(rf"(?:{pattern})\b", command)), None)


def test_every_command_of_the_page_belongs_to_a_drill():
    found = list(commands(PAGE))
    assert {"make backup", "make password"} <= set(found)
    unknown = [command for command in found if not drill_of(command) and not re.match(_OF_OTHERS, command)]
    assert unknown == [], "name in DRILLS the test that runs it"


@pytest.mark.parametrize("drill", sorted(set(DRILLS.values())))
def test_every_drill_is_a_test(drill: str):
    path, _, name = drill.partition("::")
    assert re.search(rf"^def {name}", (ROOT / path).read_text(), re.MULTILINE)


def test_every_drill_is_on_the_page():
    found = list(commands(PAGE))
    assert [pattern for pattern in DRILLS if not any(re.match(pattern, command) for command in found)] == []
