"""What the site and a viewer say to each other on the WebSocket, besides rankings.

The site sends Ranking messages (contract.ranking) and ``{"status": {...}}``; a viewer may send
``{"languages": ["en"], "window": "day", "top": 10, "by": "posts"}`` to choose.
"""

import msgspec
from websockets.frames import Frame, Opcode

from contract.ranking import TOP, By, Window
from trendsite.board.refusal import RefusedError
from trendsite.live.board_status import BoardStatus
from trendsite.live.choice import Choice, ChoiceError, Top, parse_choice

MAX_MESSAGE_CHARACTERS = 2_048


class _Choose(msgspec.Struct, forbid_unknown_fields=True):
    languages: list[str]
    window: Window = "day"
    top: Top = TOP
    by: By = "posts"


class _Status(msgspec.Struct):
    status: BoardStatus


_decoder = msgspec.json.Decoder(_Choose)
_encoder = msgspec.json.Encoder()


def decode_choice(text: str | None) -> Choice:
    """Return what a viewer wants to see from now on; None stands for a message that is no text.

    Raises:
        RefusedError: it is no text, too long or no message of ours, or nobody can choose this.
    """
    if text is None:
        raise RefusedError("binary", "send text")
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise RefusedError("too long", f"message of {len(text)} characters, {MAX_MESSAGE_CHARACTERS} allowed")
    try:
        message = _decoder.decode(text)
        return parse_choice(message.languages, message.window, message.top, message.by)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise RefusedError(
            "rubbish", 'send {"languages": ["en"], "window": "day", "top": 10, "by": "posts"}'
        ) from error
    except ChoiceError as error:
        raise RefusedError("rubbish", str(error)) from error


def encode_status(status: BoardStatus) -> str:
    """Return the status as the message a viewer gets."""
    return _encoder.encode(_Status(status)).decode()


def text_frame(message: str) -> bytes:
    """Return a message as the WebSocket frame that every viewer gets: a server masks nothing."""
    return Frame(Opcode.TEXT, message.encode()).serialize(mask=False)
