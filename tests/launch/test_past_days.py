"""The days before the simulator's first start, as launch has them simulated: once, after the first ranking."""

import threading
from pathlib import Path

import pytest

from contract.environment import Environment
from contract.past_days import PastDays, past_days_folder, read_past_days
from launch.health import NO_SITE, Health
from launch.past_days import StepFailedError, run_step, simulate, wait_for_ranking
from launch.process_environment import derive, wants_past_days


def settings(data_dir: Path, **values: str) -> Environment:
    return Environment({"DATA_DIR": str(data_dir), **values})


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, True),
        ({"SOURCE": "simulator"}, True),
        ({"SOURCE": "x"}, False),
        ({"SOURCE": "bluesky,mastodon"}, False),
        ({"SIMULATOR_PAST_DAYS": "0"}, False),
    ],
)
def test_only_the_simulator_has_past_days_unless_they_are_not_wanted(tmp_path, values, wanted):
    assert wants_past_days(settings(tmp_path, **values)) == wanted
    derived = derive({"DATA_DIR": str(tmp_path), "REDIS_URL": "redis://x", **values}, "/dev/fd/1", live=False)
    assert derived["SIMULATES_PAST_DAYS"] == ("true" if wanted else "false")


def test_they_are_simulated_once(tmp_path):
    steps: list[str] = []

    def run(module: str, folder: Path) -> str:
        assert list(folder.iterdir()) == []
        steps.append(module)
        return f"the last line of {module}"

    simulate(tmp_path, run)
    assert steps == ["collector.past_days", "streaming.jobs.past_days"]
    assert read_past_days(tmp_path) == PastDays("", "the last line of streaming.jobs.past_days")
    assert {path.name for path in past_days_folder(tmp_path).iterdir()} == {"done"}
    assert not wants_past_days(settings(tmp_path))


def test_a_step_that_fails_leaves_them_to_the_next_start(tmp_path):
    def fail(module: str, folder: Path) -> str:
        (folder / "posts-00000.ndjson").touch()
        raise StepFailedError(module)

    for _ in range(2):
        with pytest.raises(StepFailedError):
            simulate(tmp_path, fail)
    assert wants_past_days(settings(tmp_path))


def test_a_step_runs_at_the_lowest_priority_and_its_lines_are_the_progress(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("launch.past_days.ROOT", tmp_path)
    (tmp_path / "step.py").write_text("import os, sys; print('one'); print(os.nice(0), sys.argv[1])")
    (tmp_path / "posts").mkdir()
    assert run_step("step", tmp_path / "posts") == f"19 {tmp_path / 'posts'}"
    assert (tmp_path / "progress").read_text() == f"19 {tmp_path / 'posts'}"
    assert capfd.readouterr().out == f"one\n19 {tmp_path / 'posts'}\n"
    (tmp_path / "step.py").write_text("raise SystemExit('it is broken')")
    with pytest.raises(StepFailedError, match="step ended with exit code 1"):
        run_step("step", tmp_path / "posts")


def test_nothing_begins_before_the_first_ranking_or_after_a_stop(monkeypatch):
    monkeypatch.setattr("launch.past_days._CHECK_SECONDS", 0.01)
    answers = [NO_SITE, NO_SITE, Health({"site": True}, has_ranking=True)]
    assert wait_for_ranking(lambda: answers.pop(0), threading.Event())
    assert answers == []
    stop = threading.Event()
    stop.set()
    assert not wait_for_ranking(lambda: NO_SITE, stop)
