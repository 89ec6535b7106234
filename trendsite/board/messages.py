"""What the site and a viewer say to each other on the WebSocket, besides rankings.

The site sends Ranking messages (contract.ranking) and ``{"status": {...}}``; a viewer may send
``{"languages": ["en"], "window": "day", "top": 10}`` to choose and ``{"received": 12}`` to say how far it is.
"""

import msgspec

from contract.ranking import TOP, Window
from trendsite.board.wording import BoardStatus
from trendsite.live.choice import Choice, ChoiceError, Top, parse_choice

MAX_MESSAGE_CHARACTERS = 2_048

# The private counterparts of 1008 and 1003, which daphne cannot send.
POLICY_VIOLATION = 4008
UNSUPPORTED_DATA = 4003


class MessageError(ValueError):
    """A message that no viewer of ours sends. The text says why and never quotes it."""


class Choose(msgspec.Struct, forbid_unknown_fields=True):
    """The viewer wants to see so many places of these languages in this window from now on."""

    languages: list[str]
    window: Window = "day"
    top: Top = TOP

    def choice(self) -> Choice:
        """Return the choice in canonical form.

        Raises:
            MessageError: nobody can choose them.
        """
        try:
            return parse_choice(self.languages, self.window, self.top)
        except ChoiceError as error:
            raise MessageError(str(error)) from error


class Received(msgspec.Struct, forbid_unknown_fields=True):
    """The viewer has received this many messages since it connected."""

    received: int


class _Status(msgspec.Struct):
    status: BoardStatus


_choose_decoder = msgspec.json.Decoder(Choose)
_received_decoder = msgspec.json.Decoder(Received)
_encoder = msgspec.json.Encoder()


def decode_viewer_message(text: str) -> Choose | Received:
    """Return what a viewer said.

    Raises:
        MessageError: the text is too long or neither of the two messages.
    """
    if len(text) > MAX_MESSAGE_CHARACTERS:
        raise MessageError(f"message of {len(text)} characters, {MAX_MESSAGE_CHARACTERS} allowed")
    try:
        return _received_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        pass
    try:
        return _choose_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError('send {"languages": ["en"], "window": "day", "top": 10}') from error


def encode_status(status: BoardStatus) -> str:
    """Return the status as the message a viewer gets."""
    return _encoder.encode(_Status(status)).decode()
