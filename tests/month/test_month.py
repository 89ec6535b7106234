"""Thirty nights, three of them without storage: what is archived, what grows, and what the operator learns.

``MONTH_DAYS=365 MONTH_POSTS=2000`` in the environment turn it into a year of fuller days.
"""

import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from launch.machine import find_redis_server
from tests.end_to_end.whole_trendsite import wait_until
from tests.month.simulated import BEGIN, SOURCE, Month, archived_days
from tests.torture.faults import LeapingClock
from trendsite.archive.tasks.watch import watch

DAYS = int(os.environ.get("MONTH_DAYS", "30"))
DOWN = {7, 15, 16}


@pytest.fixture
def of_redis(tmp_path: Path) -> LeapingClock:
    clock = LeapingClock(tmp_path)
    if clock.missing:
        pytest.skip(f"Redis cannot have the month's clock: {clock.missing}")
    return clock


@pytest.fixture
def moved_redis(of_redis: LeapingClock) -> Iterator[str]:
    """The URL of a Redis whose keys expire by the month's clock."""
    with tempfile.TemporaryDirectory(prefix="month-") as folder:
        path = Path(folder, "redis.sock")
        command = [str(find_redis_server()), "--port", "0", "--unixsocket", str(path), "--dir", folder, "--save", ""]
        environment = {**os.environ, **of_redis.environment()}
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as server:
            try:
                wait_until(path.exists, "Redis answers", pause=0.05)
                yield f"unix://{path}"
            finally:
                server.terminate()


@pytest.fixture
def month(
    tmp_path: Path, of_redis: LeapingClock, moved_redis: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Month:
    data_dir, storage = tmp_path / "data", tmp_path / "data" / "storage"
    storage.mkdir(parents=True)
    settings.DATA_DIR, settings.REDIS_URL, settings.STATIC_ROOT = data_dir, moved_redis, storage
    options = {"location": str(storage), "allow_overwrite": True}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "archive": backend}
    return Month(data_dir, storage, moved_redis, of_redis, monkeypatch)


def test_every_night_is_archived_nothing_grows_and_each_failure_is_one_alert(month: Month, db: None) -> None:
    sizes: dict[int, Counter[str]] = {}
    moments = month.moments(DAYS, DOWN)

    def wait(_seconds: float) -> bool:
        is_over = next(moments, moments) is moments
        day = (month.clock.now.date() - BEGIN).days
        if not is_over:
            sizes[day] = month.sizes() if day in (12, DAYS - 1) and month.clock.now.hour == 22 else Counter()
        return is_over

    watch(month.find, month.archive, wait, month.clock.seconds, lambda: 0.5)

    nights = [BEGIN + timedelta(days=number) for number in range(DAYS)]
    assert archived_days() == nights
    stored = {path.parent.parent.name for path in (month.data_dir / "storage").rglob("counts.parquet")}
    assert stored == {f"day={night}" for night in nights}

    # Each night without storage: not ready within a minute, with the reason; one alert at its begin, one at its end.
    assert len(month.not_ready_after) == len(DOWN)
    for seconds, problems in month.not_ready_after.values():
        assert seconds < 60
        (problem,) = problems
        assert "a file could not be read or written" in problem.what
    assert [event.has_ended for _, event in month.events] == [False, True] * len(DOWN)
    for number, (at, _event) in zip(sorted(DOWN), month.events[::2], strict=True):
        closed_at = BEGIN + timedelta(days=number + 1)
        assert at.date() == closed_at
        assert (at.hour, at.minute) <= (1, 2)

    early, late = sizes[12], sizes[DAYS - 1]
    assert early["keys of Redis"] > 0
    grown = {name: (early[name], size) for name, size in late.items() if size > 1.3 * early[name] + 3}
    assert grown == {}
    assert late["files in closed"] <= 16  # counts and pairs of eight days
    assert len(list((month.data_dir / "closed" / SOURCE).glob("2026-*"))) <= 8
