"""The log as strangers see to it that it is written."""

import logging

import pytest

from trendsite.bounded_log import LINES_A_MINUTE, MAX_CHARACTERS, BoundedLog


@pytest.fixture
def log():
    class Log(logging.Handler):
        def __init__(self):
            super().__init__()
            self.now = 1_000.0
            self.lines = []
            self.addFilter(BoundedLog(lambda: self.now))

        def emit(self, record):
            self.lines.append(self.format(record))

    handler = Log()
    logger = logging.getLogger("django.security.DisallowedHost")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def refuse(host):
    failure = ValueError(host)
    logging.getLogger("django.security.DisallowedHost").error("Invalid host %s", host, exc_info=failure)


def test_a_refused_request_is_one_short_line_without_a_traceback(log):
    refuse("x" * 9_000)
    (line,) = log.lines
    assert "\n" not in line
    assert len(line) < MAX_CHARACTERS + 50


def test_a_flood_is_cut_and_its_size_is_told_with_the_next_line(log):
    for number in range(5_000):
        refuse(f"host-{number}.example")
    assert len(log.lines) == LINES_A_MINUTE
    log.now += 61
    refuse("later.example")
    assert log.lines[-1] == f"Invalid host later.example ({5_000 - LINES_A_MINUTE} more like this were left out)"
    refuse("last.example")
    assert log.lines[-1] == "Invalid host last.example"
