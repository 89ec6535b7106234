"""X's own count of the project, against the stand-in."""

import logging
import threading
from datetime import UTC, datetime

import pytest

from collector.sources.x.budget import Budget
from collector.sources.x.client import XClient
from collector.sources.x.failures import XError
from collector.sources.x.usage import UsageReader
from tests.collector.made_up import NOON
from tests.standins.x import TOKEN, XStandIn


@pytest.fixture
def stand_in():
    with XStandIn() as server:
        yield server


@pytest.fixture
def waits(monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr("collector.sources.x.usage.at_least", lambda seconds, _: waits.append(seconds) or 0.01)
    return waits


def read_until(stand_in: XStandIn, budget: Budget, condition) -> None:
    stop = threading.Event()
    reader = UsageReader(XClient(TOKEN, stand_in.url), lambda: NOON)
    thread = threading.Thread(target=reader.run, args=(budget, stop))
    thread.start()
    try:
        stand_in.wait_until(condition)
    finally:
        stop.set()
        thread.join()


def test_the_projects_count_is_read_as_x_writes_it(stand_in):
    stand_in.usage = 200, {"data": {"cap_reset_day": 25, "project_cap": "3000000", "project_usage": "4321"}}
    usage = XClient(TOKEN, stand_in.url).usage(NOON)
    assert (usage.used, usage.cap, usage.until) == (4321, 3_000_000, datetime(2026, 3, 25, tzinfo=UTC))


@pytest.mark.parametrize("data", [None, [], {}, {"project_usage": "-1"}, {"project_usage": 1.5}, "x"])
def test_an_answer_of_another_shape_is_an_error(stand_in, data):
    stand_in.usage = 200, {"data": data}
    with pytest.raises(XError, match="not of its shape"):
        XClient(TOKEN, stand_in.url).usage(NOON)


def test_the_budget_has_what_x_reports(stand_in, waits):
    stand_in.usage = 200, {"data": {"project_cap": 100, "project_usage": 100}}
    budget = Budget(10, None)
    read_until(stand_in, budget, lambda: len(stand_in.usage_requests) > 1)
    assert budget.is_spent(NOON)
    assert waits[0] == 3_600


@pytest.mark.parametrize(("status", "wait"), [(403, 21_600), (404, 21_600), (503, 5)])
def test_without_an_answer_our_own_count_goes_on_and_the_log_has_one_line(stand_in, waits, caplog, status, wait):
    caplog.set_level(logging.INFO)
    stand_in.usage = status, {"title": "no"}
    budget = Budget(10, None)
    read_until(stand_in, budget, lambda: len(stand_in.usage_requests) > 5)
    assert budget.room(NOON) == 10
    assert waits[0] == wait
    assert len([record for record in caplog.records if "does not report the usage" in record.message]) == 1
