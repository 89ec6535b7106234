"""The messages of the board's WebSocket, besides rankings.

The site sends rankings (contract.ranking) and ``{"status": {...}}``. A viewer may send a choice:
``{"languages": ["en"], "window": "day", "top": 10, "by": "posts", "networks": ["x"]}``.
"""

import msgspec

from contract.ranking import TOP, By, Window
from trendsite.board.live.limits import RefusedError
from trendsite.queries.board_status import BoardStatus
from trendsite.queries.choice import Choice, ChoiceError, Top, parse_choice

MAX_MESSAGE_CHARACTERS = 2_048


class _ChoiceMessage(msgspec.Struct, forbid_unknown_fields=True):
    languages: list[str]
    window: Window = "day"
    top: Top = TOP
    by: By = "posts"
    networks: list[str] = []


class _StatusMessage(msgspec.Struct):
    status: BoardStatus


_decoder = msgspec.json.Decoder(_ChoiceMessage)
_encoder = msgspec.json.Encoder()


def decode_choice(text: str | None) -> Choice:
    """Return the choice in a viewer's message; ``text`` is None if the message is binary.

    Raises:
        RefusedError: it is binary, too long, not a choice, or an invalid one.
    """
    if text is None:
        raise RefusedError("binary", "send text")
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise RefusedError("too long", f"message of {len(text)} characters, {MAX_MESSAGE_CHARACTERS} allowed")
    try:
        message = _decoder.decode(text)
        return parse_choice(message.languages, message.window, message.top, message.by, message.networks)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RefusedError(
            "rubbish", 'send {"languages": ["en"], "window": "day", "top": 10, "by": "posts"}'
        ) from error
    except ChoiceError as error:
        raise RefusedError("rubbish", str(error)) from error


def encode_status(status: BoardStatus) -> str:
    """Return the status as a message."""
    return _encoder.encode(_StatusMessage(status)).decode()
