"""PARTS: the parts of this machine, and what two machines must share."""

import pytest

from contract.environment import Environment, SettingError
from launch.parts import check_shared, read_parts

SHARED = {
    "REDIS_URL": "rediss://:secret@redis.internal/0",
    "DATABASE_URL": "postgres://me:secret@db.internal/trendsite",
    "ARCHIVE_URL": "s3://bucket/days",
}


@pytest.mark.parametrize(
    ("parts", "programs"),
    [
        ("", "greeter redis collector streaming site past-days class-archive archive alerts"),
        ("all", "greeter redis collector streaming site past-days class-archive archive alerts"),
        ("site", "greeter redis site alerts"),
        ("pipeline", "greeter redis collector streaming past-days class-archive archive"),
    ],
)
def test_each_program_runs_where_parts_says(parts: str, programs: str) -> None:
    every = ("greeter", "redis", "collector", "streaming", "site", "past-days", "class-archive", "archive", "alerts")
    found = read_parts(Environment({"PARTS": parts}))
    assert [name for name in every if found.include(name)] == programs.split()


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(SettingError, match="PARTS='archive' is unknown: use one of all, site, pipeline"):
        read_parts(Environment({"PARTS": "archive"}))


def test_everything_on_one_machine_needs_no_setting() -> None:
    check_shared({})


@pytest.mark.parametrize("parts", ["site", "pipeline"])
@pytest.mark.parametrize("missing", SHARED)
def test_two_machines_need_what_they_share(parts: str, missing: str) -> None:
    values = {"PARTS": parts, **SHARED}
    check_shared(values)
    with pytest.raises(SettingError) as refusal:
        check_shared({**values, missing: ""})
    assert str(refusal.value).startswith(f"{missing} is not set: with PARTS={parts} both machines use one ")


def test_a_database_in_a_file_is_of_one_machine_only() -> None:
    with pytest.raises(SettingError, match="DATABASE_URL is a file of this machine, but with PARTS=site both"):
        check_shared({"PARTS": "site", **SHARED, "DATABASE_URL": "sqlite:////data/trendsite.sqlite3"})


@pytest.mark.parametrize(
    ("parts", "needed"),
    [
        ("all", "site redis database collector streaming"),
        ("site", "site redis database"),
        ("pipeline", "redis collector streaming"),
    ],
)
def test_a_machine_needs_its_own_parts_only(parts: str, needed: str) -> None:
    assert read_parts(Environment({"PARTS": parts})).needed == tuple(needed.split())
