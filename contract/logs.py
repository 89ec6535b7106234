"""The log of every process, on standard error: lines for people, or with LOG_FORMAT=json one JSON object a line.

An object has ``time`` (UTC), ``level``, ``part``, ``logger`` and ``message``, and for a failure ``exception``, its
traceback. It has no values of variables. With JSON, what a process prints and what ends it are such objects too.
"""

import atexit
import io
import json
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from contract.environment import Environment

_FORMATS = ("text", "json")
_LAST_LINES_SECONDS = 1.0
_LONGEST_LINE = 65_536
_TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def is_json(settings: Environment) -> bool:
    """Return whether LOG_FORMAT is json.

    Raises:
        SettingError: it is neither json nor text.
    """
    return settings.choice("LOG_FORMAT", "text", _FORMATS) == "json"


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON, in ASCII."""

    def __init__(self, part: str) -> None:
        """Format the records of ``part``."""
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        found = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "part": self._part,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            found["exception"] = self.formatException(record.exc_info)
        return json.dumps(found)


def formatter(part: str, settings: Environment) -> logging.Formatter:
    """Return the formatter of ``part``.

    Raises:
        SettingError: LOG_FORMAT is not usable.
    """
    return JsonFormatter(part) if is_json(settings) else logging.Formatter(_TEXT)


def start_logging(part: str, settings: Environment, level: int = logging.INFO) -> None:
    """Log to standard error.

    Raises:
        SettingError: LOG_FORMAT is not usable.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(part, settings))
    logging.basicConfig(level=level, handlers=[handler])


def print_as_logged(part: str, settings: Environment) -> None:
    """With JSON, make an object of all else that this process writes, too: lines that it prints, and what ends it.

    Call it after ``start_logging``.

    Raises:
        SettingError: LOG_FORMAT is not usable.
    """
    if is_json(settings):
        sys.stdout = JsonLines(sys.stdout, part, "stdout", logging.INFO)
        sys.stderr = JsonLines(sys.stderr, part, "stderr", logging.ERROR)
        _log_uncaught()


def _log_uncaught() -> None:
    """Log exceptions that nothing caught, in any thread, and warnings. Python would print them in many lines."""
    log = logging.getLogger("uncaught")

    def log_exception(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, thread: str
    ) -> None:
        if error is not None and not issubclass(kind, KeyboardInterrupt):
            log.critical("%s in %s", kind.__name__, thread, exc_info=(kind, error, trace))

    sys.excepthook = lambda kind, error, trace: log_exception(kind, error, trace, "the main thread")
    threading.excepthook = lambda failed: log_exception(
        failed.exc_type, failed.exc_value, failed.exc_traceback, failed.thread.name if failed.thread else "a thread"
    )
    logging.captureWarnings(capture=True)


def log_children(part: str, settings: Environment) -> None:
    """With JSON, make objects of what child processes write to standard error, too, but for lines that are objects.

    Raises:
        SettingError: LOG_FORMAT is not usable.
    """
    if not is_json(settings):
        return
    reading, writing = os.pipe()
    real = os.dup(2)
    os.dup2(writing, 2)
    os.close(writing)
    relay = threading.Thread(target=_relay, args=[reading, real, part], name="standard error", daemon=True)
    relay.start()

    def end() -> None:
        os.dup2(real, 2)
        # Children that live longer keep the pipe open.
        relay.join(_LAST_LINES_SECONDS)

    atexit.register(end)


def _relay(reading: int, real: int, part: str) -> None:
    with os.fdopen(reading, encoding="utf-8", errors="replace") as lines, os.fdopen(os.dup(real), "w") as stream:
        others = JsonLines(stream, part, "stderr", logging.ERROR)
        while line := lines.readline(_LONGEST_LINE):
            if line.startswith("{"):
                stream.write(line)
                stream.flush()
            else:
                others.write(line)


class JsonLines(io.TextIOBase):
    """A stream that writes each line it gets to another stream, as one line of JSON."""

    def __init__(self, stream: TextIO, part: str, logger: str, level: int) -> None:
        """Write to ``stream``, with ``level`` and as the logger of that name."""
        self._stream = stream
        self._formatter = JsonFormatter(part)
        self._logger = logger
        self._level = level
        self._begun = ""

    def write(self, text: str) -> int:
        """Write all lines that ``text`` completes, but for empty ones."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._write_line(line)
        return len(text)

    def flush(self) -> None:
        """Flush the lines that are complete."""
        self._stream.flush()

    def fileno(self) -> int:
        """Return the file of the stream behind."""
        return self._stream.fileno()

    def _write_line(self, line: str) -> None:
        if line.strip():
            record = logging.LogRecord(self._logger, self._level, "", 0, line.strip(), None, None)
            self._stream.write(f"{self._formatter.format(record)}\n")
            self._stream.flush()
