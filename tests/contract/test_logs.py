"""The log as one JSON object a line."""

import io
import json
import logging
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from contract.environment import Environment, SettingError
from contract.logs import JsonFormatter, JsonLines, formatter

ROOT = Path(__file__).resolve().parents[2]
FIELDS = ["time", "level", "part", "logger", "message"]


def record(message: str, *values: object, error: Exception | None = None) -> logging.LogRecord:
    failure = (type(error), error, None) if error else None
    return logging.LogRecord("collector.server", logging.WARNING, "server.py", 1, message, values, failure)


def test_a_record_is_one_line_with_its_fields():
    line = JsonFormatter("collector").format(record("a client\nsent %r", "\ud83d ü"))
    assert "\n" not in line
    assert line.isascii()
    found = json.loads(line)
    assert list(found) == FIELDS
    assert datetime.fromisoformat(found["time"]).utcoffset().total_seconds() == 0
    assert [found[field] for field in FIELDS[1:4]] == ["WARNING", "collector", "collector.server"]
    assert found["message"] == "a client\nsent '\\ud83d ü'"


def test_a_failure_has_its_traceback():
    found = json.loads(JsonFormatter("site").format(record("it failed", error=ValueError("no number"))))
    assert found["exception"] == "ValueError: no number"


def test_what_is_printed_is_a_line_of_json_once_it_is_complete():
    stream = io.StringIO()
    printed = JsonLines(stream, "launch", "stdout", logging.INFO)
    print("Waiting for", end=" ", file=printed)
    assert stream.getvalue() == ""
    print("the site\n\n  Board", file=printed)
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in found] == ["Waiting for the site", "Board"]
    assert found[0]["logger"] == "stdout"


def test_an_unknown_format_is_refused():
    with pytest.raises(SettingError, match=r"LOG_FORMAT='xml' is unknown: use one of text, json"):
        formatter("site", Environment({"LOG_FORMAT": "xml"}))


def lines_of(code: str, log_format: str) -> list[str]:
    start = (
        "import logging, os, sys, threading, warnings\n"
        "from contract.environment import Environment\n"
        "from contract.logs import print_as_logged, start_logging\n"
        "for start in (start_logging, print_as_logged):\n"
        "    start('collector', Environment(os.environ))\n"
    )
    environ = {**os.environ, "LOG_FORMAT": log_format}
    command = [sys.executable, "-c", start + code]
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180
    )
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("code", "logger", "level", "message"),
    [
        ("logging.getLogger('a').warning('%d posts', 7)", "a", "WARNING", "7 posts"),
        ("print('seven posts')", "stdout", "INFO", "seven posts"),
        ("sys.exit('collector: PORT is not usable')", "stderr", "ERROR", "collector: PORT is not usable"),
        ("1 / 0", "uncaught", "CRITICAL", "ZeroDivisionError in the main thread"),
        (
            "threading.Thread(target=lambda: 1 / 0, name='counts').start()",
            "uncaught",
            "CRITICAL",
            "ZeroDivisionError in counts",
        ),
    ],
)
def test_whatever_a_process_writes_is_one_object_a_line(code, logger, level, message):
    (line,) = lines_of(code, "json")
    found = json.loads(line)
    assert [found[field] for field in FIELDS[1:]] == [level, "collector", logger, message]
    assert ("Traceback" in found.get("exception", "")) == (logger == "uncaught")


def test_what_child_processes_write_is_json_too():
    code = (
        "from contract.logs import log_children\n"
        "log_children('streaming', Environment(os.environ))\n"
        "os.system('echo WARNING: a module >&2')\n"
        "logging.getLogger('a').warning('of our own')\n"
        "sys.exit('streaming: no')"
    )
    found = [json.loads(line) for line in lines_of(code, "json")]
    assert [(line["part"], line["message"]) for line in found] == [
        ("streaming", "WARNING: a module"),
        ("collector", "of our own"),
        ("collector", "streaming: no"),
    ]


def test_a_warning_of_python_is_logged():
    (line,) = lines_of("warnings.warn('old')", "json")
    assert json.loads(line)["logger"] == "py.warnings"


def test_for_people_it_is_plain_lines():
    (line,) = lines_of("logging.getLogger('a').warning('%d posts', 7)", "text")
    assert line.endswith(" WARNING a 7 posts")
    assert lines_of("sys.exit('collector: no')", "") == ["collector: no"]


@pytest.mark.parametrize("program", [("-m", "collector"), ("-m", "streaming"), ("-m", "trendsite.serve")])
def test_a_part_that_cannot_start_says_so_in_json(program, tmp_path):
    environ = {**os.environ, "LOG_FORMAT": "json", "DATA_DIR": str(tmp_path), "SOURCE": "twitter", "PORT": "none"}
    command = [sys.executable, *program]
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=180)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "is not usable" in json.loads(line)["message"] or "is unknown" in json.loads(line)["message"]
