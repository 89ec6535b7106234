import io
from datetime import UTC, datetime

import pytest

from contract.environment import Environment
from launch.greeter import Greeter, asked_host, describe_source, welcome
from launch.health import NO_SITE, Health
from launch.terminal import Terminal

ALL_PARTS = ("site", "redis", "database", "collector", "streaming")
READY = Health(dict.fromkeys(ALL_PARTS, True), has_ranking=True)


def without(*parts: str) -> Health:
    return Health({part: part not in parts for part in ALL_PARTS}, has_ranking=True)


class Watched:
    """A greeter over parts that a test sets."""

    def __init__(self, live: bool = False) -> None:
        self.health = NO_SITE
        self.stopping = False
        self._screen = io.StringIO()
        self._greeter = Greeter(
            Terminal(self._screen, live),
            ["  Board    http://127.0.0.1:8000/"],
            look=lambda: self.health,
            is_stopping=lambda: self.stopping,
            clock=lambda: datetime(2026, 11, 22, 12, 30, 5, tzinfo=UTC),
        )

    def says(self, health: Health) -> str:
        """What one look at ``health`` prints."""
        self.health = health
        self._screen.seek(0)
        self._screen.truncate()
        self._greeter.step()
        return self._screen.getvalue()


def test_without_a_terminal_each_thing_waited_for_is_one_line():
    watched = Watched()
    assert watched.says(NO_SITE) == "Waiting for the site\n"
    assert watched.says(NO_SITE) == ""
    assert watched.says(without("collector", "streaming")) == "Waiting for the collector\n"
    assert watched.says(without("streaming")) == "Waiting for Spark, which takes about 20 seconds\n"
    assert watched.says(Health(READY.parts, has_ranking=False)) == "Waiting for the first ranking\n"
    assert watched.says(READY) == "  Board    http://127.0.0.1:8000/\n"
    assert watched.says(READY) == ""


def test_a_terminal_shows_the_seconds_in_one_line_that_is_rewritten():
    watched = Watched(live=True)
    assert watched.says(NO_SITE).endswith("Waiting for the site (1 s)")
    second = watched.says(NO_SITE)
    assert second.startswith("\r")
    assert second.endswith("Waiting for the site (2 s)")


def test_a_part_that_goes_and_comes_back_is_told_once_each():
    watched = Watched()
    watched.says(READY)
    assert watched.says(without("streaming")) == "12:30:05  streaming is away; it is started again when it stopped\n"
    assert watched.says(without("streaming")) == ""
    assert watched.says(READY) == "12:30:05  streaming is back\n"


def test_nothing_is_claimed_about_parts_while_the_site_is_away():
    watched = Watched()
    watched.says(READY)
    assert watched.says(NO_SITE) == "12:30:05  site is away; it is started again when it stopped\n"
    assert watched.says(READY) == "12:30:05  site is back\n"


def test_parts_that_go_because_everything_stops_are_not_told_one_by_one():
    watched = Watched()
    watched.says(READY)
    watched.stopping = True
    assert watched.says(NO_SITE) == "Stopping, one part after the other ...\n"
    assert watched.says(NO_SITE) == ""


def test_the_address_is_shown_in_the_end_even_when_a_part_never_comes():
    watched = Watched()
    said = ""
    while "Board" not in said:
        said = watched.says(without("streaming"))
    assert said.endswith("Still waiting for streaming: the logs say why.\n")


def test_the_welcome_says_where_and_what_and_how_to_log_in():
    lines = "\n".join(welcome(Environment({"PORT": "8123", "DATA_DIR": "/data"}), password_is_new=False))
    assert "http://127.0.0.1:8123/\n" in lines
    assert "simulated posts: invented" in lines
    assert "as admin with the password shown at the first start" in lines
    assert "/data/log" in lines


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"SOURCE": "replay", "REPLAY_FILE": "day.gz"}, "replay of day.gz"), ({"SOURCE": "x"}, "X, the filtered stream")],
)
def test_the_source_is_named_in_words(settings, words):
    assert describe_source(Environment(settings)) == words


@pytest.mark.parametrize(
    ("allowed", "host"), [("", "127.0.0.1"), ("*", "127.0.0.1"), (".example.org,x", "example.org"), ("a.b", "a.b")]
)
def test_the_site_is_asked_by_a_name_that_it_answers_to(allowed, host):
    assert asked_host(Environment({"ALLOWED_HOSTS": allowed})) == host
