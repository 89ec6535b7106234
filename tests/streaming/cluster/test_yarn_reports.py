"""What YARN says of an application: its start is explained soon and then rarely, its end in one line."""

import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JError
from pyspark import SparkConf

from benchmarks.harness import wait_until
from streaming.cluster import yarn
from streaming.cluster.check import ended
from streaming.cluster.yarn import (
    AGAIN_SECONDS,
    PATIENCE_SECONDS,
    SLOW_SECONDS,
    Wait,
    start_explained,
    waits_for,
    why_ended,
)
from tests.parallel import find_free_port

NAME = "application_1796035670213_0001"
KILLED = "Application was killed by user root at 10.0.0.9"
ROOM = "AM container is not launched,\n waiting for resources. "


class Manager:
    """A ResourceManager as Hadoop's client shows it: it has one application, or fails as ``failure``."""

    def __init__(
        self,
        state: str = "ACCEPTED",
        diagnostics: str | None = ROOM,
        failure: str = "",
        attempt: str = "SCHEDULED",
        final: str = "KILLED",
    ) -> None:
        self.tags: list[str] = []
        self._failure = failure
        self._attempt = SimpleNamespace(getYarnApplicationAttemptState=lambda: attempt)
        self._report = SimpleNamespace(
            getYarnApplicationState=lambda: state,
            getApplicationId=lambda: NAME,
            getCurrentApplicationAttemptId=lambda: "appattempt_1",
            getQueue=lambda: "root.default",
            getDiagnostics=lambda: diagnostics,
            getFinalApplicationStatus=lambda: final,
        )

    @contextmanager
    def client(self, _settings: Mapping[str, str]) -> Iterator[SimpleNamespace]:
        if self._failure:
            raise Py4JError(self._failure)
        yield SimpleNamespace(
            getApplications=lambda _: [self._report],
            getApplicationReport=lambda _: self._report,
            getApplicationAttemptReport=lambda _: self._attempt,
        )

    def java(self) -> SimpleNamespace:
        """Return what is used of Java: how a request gets its tag, and how an id is made of its text."""
        request = SimpleNamespace(setApplicationTags=self.tags.append)
        requests = SimpleNamespace(GetApplicationsRequest=SimpleNamespace(newInstance=lambda: request))
        records = SimpleNamespace(ApplicationId=SimpleNamespace(fromString=str))
        api = SimpleNamespace(records=records, protocolrecords=requests)
        apache = SimpleNamespace(hadoop=SimpleNamespace(yarn=SimpleNamespace(api=api)))
        util = SimpleNamespace(Collections=SimpleNamespace(singleton=str))
        return SimpleNamespace(org=SimpleNamespace(apache=apache), java=SimpleNamespace(util=util))


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """Let ``yarn`` ask a manager instead of Java's client. It listens, or does not."""

    def use(manager: Manager, port: int) -> None:
        monkeypatch.setattr(yarn, "_client", manager.client)
        monkeypatch.setattr(yarn.SparkContext, "_jvm", manager.java())
        (tmp_path / "yarn-site.xml").write_text(
            f"<a><property><name>yarn.resourcemanager.address</name><value>127.0.0.1:{port}</value></property></a>"
        )
        monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))

    return use


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


CONTEXT = SimpleNamespace(applicationId=NAME, master="yarn", getConf=lambda: SimpleNamespace(getAll=list))


def test_an_application_that_is_accepted_waits_for_room(ask, listening):
    ask(Manager(), listening)
    text, patience = waits_for({}, "tag")
    assert patience == PATIENCE_SECONDS
    assert text.startswith(
        f"YARN has accepted {NAME} and does not start it (AM container is not launched, waiting for resources): its "
        "queue root.default needs room, so start NodeManagers"
    )


def test_one_that_has_a_place_waits_for_its_start_and_that_may_take_longer(ask, listening):
    ask(Manager(attempt="LAUNCHED"), listening)
    text, patience = waits_for({}, "tag")
    assert (text.startswith(f"YARN starts {NAME}, and that takes long (AM container"), patience) == (True, SLOW_SECONDS)


@pytest.mark.parametrize("state", ["RUNNING", "FAILED"])
def test_one_in_another_state_waits_for_nothing(ask, listening, state):
    ask(Manager(state), listening)
    assert waits_for({}, "tag")[0] == ""


def test_a_resource_manager_that_cannot_be_asked_is_named_with_what_java_says(ask, listening):
    ask(
        Manager(failure="An error occurred while calling o7.getApplications.\n: java.io.IOException: no\n at x"),
        listening,
    )
    text = "YARN does not answer (java.io.IOException: no): its ResourceManager must run"
    assert waits_for({}, "tag") == (text, SLOW_SECONDS)


def test_a_resource_manager_that_went_away_is_waited_for(ask):
    ask(Manager(), find_free_port())
    assert waits_for({}, "tag")[0] == "YARN's ResourceManager does not answer any more (Connection refused): start it"


def test_a_wait_is_logged_soon_and_then_rarely(caplog, monkeypatch):
    now = 0.0
    monkeypatch.setattr(yarn, "monotonic", lambda: now)
    wait, logged = Wait(), []
    for second in range(round(PATIENCE_SECONDS + 2 * AGAIN_SECONDS) + 1):
        now = float(second)
        caplog.clear()
        wait.note("for room", PATIENCE_SECONDS)
        logged += [(second, record.getMessage()) for record in caplog.records]
    assert logged == [(round(at), "waiting: for room") for at in (10, 310, 610)]
    wait.note("", PATIENCE_SECONDS)
    wait.note("for room", PATIENCE_SECONDS)
    assert len(caplog.records) == 1, "a new wait begins"
    now += AGAIN_SECONDS
    wait.note("for a slow start", SLOW_SECONDS)
    assert len(caplog.records) == 1, "so does one with another patience"


def test_while_spark_starts_its_application_is_found_by_its_tag(ask, listening, caplog, monkeypatch):
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(yarn, "_ASK_SECONDS", 0.01)
    monkeypatch.setattr(yarn, "PATIENCE_SECONDS", 0.05)
    manager, conf = Manager(), SparkConf(loadDefaults=False).set("spark.yarn.tags", "ours")
    ask(manager, listening)
    with start_explained(conf):
        wait_until(lambda: caplog.records, "it is logged")
    first, tag = conf.get("spark.yarn.tags").split(",")
    assert (first, set(manager.tags)) == ("ours", {tag})
    wait_until(lambda: not any(thread.name == "yarn" for thread in threading.enumerate()), "the thread ends")
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        (Manager("KILLED", KILLED), f"YARN ended {NAME} as KILLED: {KILLED}. No post is lost"),
        (Manager("FINISHED", None), f"YARN ended {NAME} as KILLED: it does not say why. No post is lost"),
        (
            Manager(failure="org.apache.hadoop.yarn.exceptions.ApplicationNotFoundException: doesn't exist in RM"),
            f"YARN's ResourceManager was started again and does not know {NAME} any more: with yarn.resource",
        ),
        (Manager("RUNNING", final="UNDEFINED"), "Spark at yarn ended: its lines above say why. No post is lost"),
        (Manager(failure="no connection"), "Spark at yarn ended: its lines above say why. No post is lost"),
    ],
)
def test_the_end_of_an_application_is_told_in_one_line(ask, listening, manager, expected):
    ask(manager, listening)
    assert str(ended(SimpleNamespace(sparkContext=CONTEXT))).startswith(expected)
    assert "\n" not in why_ended(CONTEXT)
