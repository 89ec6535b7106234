"""The protocol of the collector's socket: requests of a reader, and the collector's responses.

A request is one JSON line. A connection may carry many, one after the other. Offsets are byte positions in the source's
whole stream; they never restart or shift. The responses:

- ``challenge``: one line, :class:`Challenge`, with a nonce of the collector. Allowed once on a connection.
- ``prove``: one line, :class:`ProofAccepted`. Reader and collector prove to each other that they know the shared secret
  (contract.secret). From here on, the connection may send every request.
- ``status``: one line, :class:`StreamStatus`. Needs no proof. With one, it may wait for posts to come.
- ``follow``: every line from the offset on, without end: what ``nc`` shows. Needs no proof.
- ``read``: one line, :class:`ReadHeader`, then that many bytes: the lines whose first byte lies in [start, end). So
  adjacent ranges share no line and miss none, wherever they are cut.
- ``release``: one line, the :class:`StreamStatus` after it. The reader needs nothing below the offset any more, and has
  recorded the closed days that it names; only these leave ``days``.
- Anything else, an offset that the log does not have, or a request without the proof that it needs: one line,
  :class:`ErrorResponse`, and the connection closes.
"""

from datetime import date, datetime
from typing import TypeVar

import msgspec

MAX_REQUEST_BYTES = 4_096
MAX_RELEASED_DAYS = 200
"""The most days that one ``release`` may name. The others follow with the next one."""


MAX_STATUS_SECONDS = 1.0


class StatusRequest(msgspec.Struct, tag="status", tag_field="ask", omit_defaults=True):
    """Request the stream's status.

    A connection with the proof may wait for it until the stream's end reaches offset ``wanted``, at most ``seconds``
    and MAX_STATUS_SECONDS.
    """

    wanted: int = 0
    seconds: float = 0.0


class ReadRequest(msgspec.Struct, tag="read", tag_field="ask"):
    """Request the lines that begin in [start, end)."""

    start: int
    end: int


class FollowRequest(msgspec.Struct, tag="follow", tag_field="ask"):
    """Request every line from ``start`` on, those in the log and those still to come."""

    start: int = 0


class ReleaseRequest(msgspec.Struct, tag="release", tag_field="ask", omit_defaults=True):
    """Release everything below ``offset``, and name the closed days that the reader has recorded (``done``)."""

    offset: int
    done: list[date] = []


class ChallengeRequest(msgspec.Struct, tag="challenge", tag_field="ask"):
    """Request the collector's nonce, which the reader's proof needs."""


class ProveRequest(msgspec.Struct, tag="prove", tag_field="ask"):
    """Prove that the reader knows the secret: its own nonce, and its ``proof`` (contract.secret) in hexadecimal."""

    nonce: str
    proof: str


Request = StatusRequest | ReadRequest | FollowRequest | ReleaseRequest | ChallengeRequest | ProveRequest


class DaySpan(msgspec.Struct):
    """The place of a UTC day in the stream.

    Its posts begin at ``first_offset``. Once the day is closed, all of them lie below ``closed_offset``.
    """

    first_offset: int
    closed_offset: int | None = None


class StreamStatus(msgspec.Struct):
    """The state of a source's stream.

    ``source`` names the stream and is safe in a path and a Redis key. The bytes of [``first_offset``, ``end_offset``)
    are durable and can be read. ``clock`` is the stream's own event time. ``days`` holds every day that no reader has
    recorded. ``stream_id`` is empty until the collector restarts the stream. Then it changes, because counts of the
    earlier stream do not fit the new one.

    ``places`` is empty if the collector serves the posts itself. If they are in Kafka (contract.kafka_log), it has the
    place of each partition after the last post below ``end_offset``.
    """

    source: str
    first_offset: int
    end_offset: int
    clock: datetime | None
    days: dict[date, DaySpan]
    stream_id: str = ""
    places: dict[int, int] = {}


class ReadHeader(msgspec.Struct):
    """The number of bytes that follow, as whole lines."""

    bytes: int


class Challenge(msgspec.Struct):
    """The collector's nonce for this connection. It is valid for one proof."""

    nonce: str


class ProofAccepted(msgspec.Struct):
    """The reader's proof is right. ``proof`` is the collector's own."""

    proof: str


class ErrorResponse(msgspec.Struct):
    """The reason why a request is refused."""

    error: str


class RequestRefusedError(RuntimeError):
    """The collector refused a request. The message is the reason."""


Response = TypeVar("Response", StreamStatus, ReadHeader, Challenge, ProofAccepted)

_encoder = msgspec.json.Encoder()


def encode_line(message: msgspec.Struct) -> bytes:
    """Return a request or a response as one line."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """Return the request in a line.

    Raises:
        msgspec.DecodeError: the line is not a request.
    """
    try:
        request: Request = msgspec.json.decode(line, type=Request)
    except RecursionError:
        raise msgspec.DecodeError("nested too deeply") from None
    return request


def decode_response(line: bytes, kind: type[Response]) -> Response:
    """Return the response in a line.

    Raises:
        RequestRefusedError: the collector refused the request.
        msgspec.DecodeError: the line is not such a response.
    """
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.ValidationError:
        raise RequestRefusedError(msgspec.json.decode(line, type=ErrorResponse).error) from None
    except RecursionError:
        raise msgspec.DecodeError("nested too deeply") from None
