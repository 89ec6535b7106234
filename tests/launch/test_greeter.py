import io
from datetime import UTC, datetime

import pytest

from contract.environment import Environment
from contract.past_days import PastDays
from launch.greeter import Greeter, Terminal, describe_source, welcome
from launch.health import NO_SITE, Health, request_host

ALL_PARTS = ("site", "redis", "database", "collector", "streaming")
READY = Health(dict.fromkeys(ALL_PARTS, True), has_ranking=True)


def without(*parts: str) -> Health:
    return Health({part: part not in parts for part in ALL_PARTS}, has_ranking=True)


class Watched:
    """A greeter over parts that a test sets."""

    def __init__(self, live: bool = False) -> None:
        self.health = NO_SITE
        self.stopping = False
        self.past_days = PastDays("", "")
        self._screen = io.StringIO()
        self._greeter = Greeter(
            Terminal(self._screen, live),
            ["  Board    http://127.0.0.1:8000/"],
            check=lambda: self.health,
            is_stopping=lambda: self.stopping,
            clock=lambda: datetime(2026, 11, 22, 12, 30, 5, tzinfo=UTC),
        )
        self._greeter.past_days = lambda: self.past_days

    def await_parts(self, *parts: str) -> None:
        self._greeter.awaited = parts

    def prints(self, health: Health) -> str:
        """Return what one check that finds ``health`` prints."""
        self.health = health
        self._screen.seek(0)
        self._screen.truncate()
        self._greeter.step()
        return self._screen.getvalue()


def test_without_a_terminal_each_wait_is_one_line():
    watched = Watched()
    assert watched.prints(NO_SITE) == "Waiting for the site\n"
    assert watched.prints(NO_SITE) == ""
    assert watched.prints(without("collector", "streaming")) == "Waiting for the collector\n"
    assert watched.prints(without("streaming")) == "Waiting for Spark, which takes about 20 seconds\n"
    assert watched.prints(Health(READY.parts, has_ranking=False)) == "Waiting for the first ranking\n"
    assert watched.prints(READY) == "  Board    http://127.0.0.1:8000/\n"
    assert watched.prints(READY) == ""


def test_a_terminal_shows_the_seconds_in_one_rewritten_line():
    watched = Watched(live=True)
    assert watched.prints(NO_SITE).endswith("Waiting for the site (1 s)")
    second = watched.prints(NO_SITE)
    assert second.startswith("\r")
    assert second.endswith("Waiting for the site (2 s)")


def test_a_part_that_stops_and_returns_is_reported_once_each():
    watched = Watched()
    watched.prints(READY)
    assert (
        watched.prints(without("streaming"))
        == "12:30:05  streaming does not respond; if it stopped, it restarts by itself\n"
    )
    assert watched.prints(without("streaming")) == ""
    assert watched.prints(READY) == "12:30:05  streaming is back\n"


def test_the_past_days_are_one_rewritten_line_and_then_one_that_stays():
    watched = Watched(live=True)
    watched.prints(READY)
    watched.past_days = PastDays("Simulating the past days: 3 of 7 counted", "")
    assert watched.prints(READY).endswith("Simulating the past days: 3 of 7 counted")
    watched.past_days = PastDays("", "7 simulated days with 140,049 posts")
    ending = watched.prints(READY)
    assert ending.endswith("12:30:05  7 simulated days with 140,049 posts: the page Past days shows them in a moment\n")
    assert watched.prints(READY) == ""


def test_past_days_of_an_earlier_start_are_not_mentioned_and_a_failure_is():
    watched = Watched()
    watched.past_days = PastDays("", "7 simulated days with 140,049 posts")
    watched.prints(READY)
    assert watched.prints(READY) == ""
    watched.past_days = PastDays("Simulating the past days: 1 of 7 invented", "")
    assert watched.prints(READY) == ""
    watched.past_days = PastDays("", "")
    assert "the past days were not simulated: past-days.log says why" in watched.prints(READY)


def test_a_problem_is_reported_while_the_greeter_waits_for_the_first_ranking():
    watched = Watched()
    problem = "blocked: The recording contains no readable posts: the first line of day.csv is not JSON"
    empty = Health(READY.parts, has_ranking=False, problems={"collector": problem})
    assert watched.prints(empty) == f"12:30:05  collector: {problem}\nWaiting for the first ranking\n"
    assert watched.prints(empty) == ""


def test_a_problem_that_no_restart_solves_is_reported_once_and_not_as_a_missing_part():
    watched = Watched()
    parts = {**READY.parts, "archive": True}
    failed = Health(parts, has_ranking=True, problems={"archive": "archiving failed, 1 day waits: disk full"})
    assert watched.prints(failed).endswith("/\n12:30:05  archive: archiving failed, 1 day waits: disk full\n")
    assert watched.prints(failed) == ""
    assert watched.prints(Health(parts, has_ranking=True)) == "12:30:05  archive: works again\n"


def test_no_part_is_reported_missing_while_the_site_does_not_respond():
    watched = Watched()
    watched.prints(READY)
    assert watched.prints(NO_SITE) == "12:30:05  site does not respond; if it stopped, it restarts by itself\n"
    assert watched.prints(READY) == "12:30:05  site is back\n"


def test_parts_are_not_reported_one_by_one_while_everything_stops():
    watched = Watched()
    watched.prints(READY)
    watched.stopping = True
    assert watched.prints(NO_SITE) == "Stopping, one part after the other ...\n"
    assert watched.prints(NO_SITE) == ""


def test_the_address_is_shown_in_the_end_even_if_a_part_never_starts():
    watched = Watched()
    said = ""
    while "Board" not in said:
        said = watched.prints(without("streaming"))
    assert said.endswith("Still waiting for streaming: the logs say why.\n")


def test_the_welcome_shows_address_source_and_log_in():
    lines = "\n".join(welcome(Environment({"PORT": "8123", "DATA_DIR": "/data"}), password_is_new=False))
    assert "http://127.0.0.1:8123/\n" in lines
    assert "simulated posts: invented" in lines
    assert "as admin with the password shown at the first start" in lines
    assert "/data/log" in lines


@pytest.mark.parametrize(
    ("bound", "address"),
    [
        ("", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("192.168.1.5", "http://192.168.1.5:8000/"),
        ("localhost", "http://localhost:8000/"),
    ],
)
def test_the_shown_address_reaches_the_board(bound, address):
    assert f"  Board    {address}" in welcome(Environment({"BIND_ADDRESS": bound}), password_is_new=False)


def test_where_posts_are_simulated_the_next_thing_to_try_is_bluesky():
    lines = [welcome(Environment({"SOURCE": source}), password_is_new=False) for source in ("", "simulator", "bluesky")]
    assert [sum("SOURCE=bluesky make run" in line for line in of_source) for of_source in lines] == [1, 1, 0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SOURCE": "replay", "REPLAY_FILE": "day.gz"}, "replay of day.gz"),
        ({"SOURCE": "x"}, "X, the filtered stream"),
        ({"SOURCE": "kafka", "KAFKA_URL": "kafka://broker:9092/posts"}, "Kafka, kafka://broker:9092/posts"),
        ({"SOURCE": "x,bluesky"}, "X, the filtered stream; Bluesky, all public posts"),
    ],
)
def test_the_source_is_described(settings, words):
    assert describe_source(Environment(settings)) == words


@pytest.mark.parametrize(
    ("allowed", "host"), [("", "127.0.0.1"), ("*", "127.0.0.1"), (".example.org,x", "example.org"), ("a.b", "a.b")]
)
def test_the_greeter_uses_a_host_that_the_site_accepts(allowed, host):
    assert request_host(Environment({"ALLOWED_HOSTS": allowed})) == host


def test_of_several_networks_only_the_one_that_stops_is_reported():
    networks = [f"{network} {part}" for network in ("bluesky", "mastodon") for part in ("collector", "streaming")]
    parts = dict.fromkeys((*ALL_PARTS, *networks), True)
    watched = Watched()
    watched.prints(Health(parts, has_ranking=True))
    away = Health({**parts, "mastodon collector": False}, has_ranking=True)
    words = "12:30:05  mastodon collector does not respond; if it stopped, it restarts by itself\n"
    assert [watched.prints(away), watched.prints(away)] == [words, ""]
    both = Health({**away.parts, "bluesky collector": False, "collector": False}, has_ranking=True)
    assert watched.prints(both) == words.replace("mastodon", "bluesky")
    without_redis = Health({**parts, "redis": False, "bluesky collector": False}, has_ranking=True)
    assert "bluesky" not in watched.prints(without_redis)


def test_the_board_is_greeted_though_one_of_several_networks_is_away():
    parts = {**dict.fromkeys(ALL_PARTS, True), "bluesky collector": True, "mastodon collector": False}
    assert Watched().prints(Health(parts, has_ranking=True)) == "  Board    http://127.0.0.1:8000/\n"


def test_a_machine_with_the_site_alone_does_not_wait_for_the_pipeline():
    watched = Watched()
    watched.await_parts("site", "redis", "database")
    assert watched.prints(NO_SITE) == "Waiting for the site\n"
    empty = Health(without("collector", "streaming").parts, has_ranking=False)
    assert watched.prints(empty) == "  Board    http://127.0.0.1:8000/\n"


def test_the_welcome_of_each_of_two_machines_has_what_runs_there():
    site, pipeline = ("\n".join(welcome(Environment({"PARTS": parts}), False)) for parts in ("site", "pipeline"))
    assert ("Board" in site, "Log in" in site, "Source" in site, "make run" in site) == (True, True, False, False)
    assert ("Board" in pipeline, "Log in" in pipeline, "Source" in pipeline) == (False, False, True)
