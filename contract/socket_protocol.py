"""What a reader and the collector say on the collector's socket.

A request is one JSON line; a connection may carry many, one after the other. The answers:

- ``status``: one line, a :class:`StreamStatus`.
- ``read``: one line, :class:`ReadHeader`, then that many bytes: the lines whose first byte lies
  in [start, end). Ranges that touch therefore share no line and lose none, wherever they are cut.
- ``release``: one line, the :class:`StreamStatus` after it. It says that the reader needs nothing
  below the offset any more.
- ``follow``: every line from the offset on, for ever: what ``nc`` shows.
- Anything else, or an offset that is not kept: one line, :class:`Refusal`, and the connection closes.

Offsets are byte positions in the source's whole stream; they never restart or shift.
"""

from datetime import date, datetime
from typing import TypeVar

import msgspec

MAX_REQUEST_BYTES = 4_096


class StatusRequest(msgspec.Struct, tag="status", tag_field="ask"):
    """Ask where the stream stands."""


class ReadRequest(msgspec.Struct, tag="read", tag_field="ask"):
    """Ask for the lines that begin in [start, end)."""

    start: int
    end: int


class FollowRequest(msgspec.Struct, tag="follow", tag_field="ask"):
    """Ask for every line from ``start`` on, kept and still to come."""

    start: int = 0


class ReleaseRequest(msgspec.Struct, tag="release", tag_field="ask"):
    """Say that nothing below ``offset`` is needed any more."""

    offset: int


Request = StatusRequest | ReadRequest | FollowRequest | ReleaseRequest


class DaySpan(msgspec.Struct):
    """Where a UTC day lies in the stream.

    Its posts begin at ``first_offset``; once the day is closed, all lie below ``closed_offset``.
    """

    first_offset: int
    closed_offset: int | None = None


class StreamStatus(msgspec.Struct):
    """Where a source's stream stands.

    ``source`` names the stream and is safe in a path and a Redis key; bytes of
    [``first_offset``, ``end_offset``) are kept and durable; ``clock`` is the stream's own event
    time; ``days`` holds every day not released yet.
    """

    source: str
    first_offset: int
    end_offset: int
    clock: datetime | None
    days: dict[date, DaySpan]


class ReadHeader(msgspec.Struct):
    """How many bytes of lines follow."""

    bytes: int


class Refusal(msgspec.Struct):
    """Why a request was not served."""

    error: str


class RefusedError(RuntimeError):
    """The collector refused a request. The message is its reason."""


Answer = TypeVar("Answer", StreamStatus, ReadHeader)

_encoder = msgspec.json.Encoder()


def encode_line(message: msgspec.Struct) -> bytes:
    """Return a request or an answer as its line."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """Return the request of a line.

    Raises:
        msgspec.DecodeError: the line is none of the requests.
    """
    request: Request = msgspec.json.decode(line, type=Request)
    return request


def decode_answer(line: bytes, kind: type[Answer]) -> Answer:
    """Return the answer of a line.

    Raises:
        RefusedError: the collector refused the request.
        msgspec.DecodeError: the line is not such an answer.
    """
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.ValidationError:
        raise RefusedError(msgspec.json.decode(line, type=Refusal).error) from None
