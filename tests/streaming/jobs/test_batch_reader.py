"""A batch whose tasks do not reach the collector is read again, and the log says why in one line."""

import logging
import threading

import pyarrow as pa
import pytest

from contract.backoff import Backoff
from streaming.aggregate.deltas import batch_rows, reason_unread, unread_rows
from streaming.jobs import batch_reader

UNREAD = unread_rows("node-3: no answer from the collector at 10.0.0.1:5555: timed out", 10, 20)
READ = batch_rows(None, 10, 20)


class Rows:
    """A DataFrame whose tasks have another result at each run."""

    def __init__(self, *results: pa.Table) -> None:
        self.results = list(results)

    def toArrow(self) -> pa.Table:  # noqa: N802
        return self.results.pop(0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch) -> None:
    monkeypatch.setattr(batch_reader, "BACKOFF", Backoff(first=0.0, longest=0.0))


def test_a_batch_that_all_tasks_could_read_is_taken_as_it_is():
    assert reason_unread(READ) is None
    assert batch_reader.read_batch(Rows(READ), threading.Event()) is READ


def test_a_task_that_does_not_reach_the_collector_runs_again_and_the_log_has_one_line(caplog):
    caplog.set_level(logging.INFO)
    rows = Rows(pa.concat_tables([READ, UNREAD]), UNREAD, READ)
    assert batch_reader.read_batch(rows, threading.Event()) is READ
    assert [record.getMessage() for record in caplog.records] == [
        "Spark's task on node-3: no answer from the collector at 10.0.0.1:5555: timed out",
        "Spark's tasks can read the posts again",
    ]


def test_the_end_of_the_query_ends_the_wait():
    ending = threading.Event()
    ending.set()
    assert batch_reader.read_batch(Rows(UNREAD), ending) is None
