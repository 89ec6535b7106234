"""Jetstream's addresses, answers and compression, in both of its versions.

Version 1 has its own dictionary for zstd, which no server hands out, so its events come uncompressed.
"""

import http.client
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Literal
from urllib.parse import urlencode, urlsplit

import msgspec
import zstandard

from collector.sources.bluesky.connection import ConnectionEndedError, RefusedError
from collector.sources.bluesky.post import POSTS
from collector.sources.fields import MAX_POST_BYTES

_METHODS = "/xrpc/network.bsky.jetstream."
_MAX_DICTIONARY_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_MAX_WAIT_SECONDS = 900.0
_MAGIC = b"\x28\xb5\x2f\xfd"
_NUMBER = re.compile("[0-9]+")
_NO_SUCH_METHOD = (400, 404, 405, 426, 501)

Refusal = Literal["cursor_too_old", "unknown_dictionary", "no_version_2", "other"]


def subscribe_url(host: str, version: int, cursor: int | None, dictionary_id: int | None) -> str:
    """Return the address of the stream of posts."""
    if version == 1:
        query: dict[str, object] = {"wantedCollections": POSTS}
        path = "/subscribe"
    else:
        query = {"kinds": "commit", "collections": POSTS}
        path = f"{_METHODS}subscribeEvents"
        if dictionary_id is not None:
            query["zstdDictionary"] = dictionary_id
    query["maxMessageSizeBytes"] = MAX_POST_BYTES
    if cursor is not None:
        query["cursor"] = cursor
    return f"{host}{path}?{urlencode(query)}"


class _Error(msgspec.Struct):
    error: object = None
    message: object = None


def refusal_of(refused: RefusedError, version: int) -> Refusal:
    """Return what a server's refusal of version 1 or 2 means."""
    if version == 1:
        return "other"
    try:
        error = msgspec.json.decode(refused.body, type=_Error).error
    except (ValueError, RecursionError):
        error = None
    if refused.status == 400 and error == "CursorTooOld":
        return "cursor_too_old"
    if refused.status == 400 and error == "UnknownZstdDictionary":
        return "unknown_dictionary"
    return "no_version_2" if refused.status in _NO_SUCH_METHOD or 200 <= refused.status < 300 else "other"


def wait_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Return how long a server asks to wait, in seconds, within bounds; 0 if it does not."""
    seconds = 0.0
    if written := headers.get("Retry-After", ""):
        seconds = _seconds(written, now)
    elif _NUMBER.fullmatch(reset := headers.get("RateLimit-Reset") or headers.get("x-rate-limit-reset") or ""):
        # Seconds from now, or since 1970.
        seconds = float(reset) if len(reset) < 9 else float(reset) - now.timestamp()
    return min(max(seconds, 0.0), _MAX_WAIT_SECONDS)


def _seconds(written: str, now: datetime) -> float:
    if _NUMBER.fullmatch(written):
        return float(written)
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return 0.0
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


class Dictionary:
    """The dictionary of a server of version 2, and the messages that it compressed with it."""

    def __init__(self, data: bytes) -> None:
        """Use the dictionary in ``data``.

        Raises:
            ValueError: it is not one.
        """
        try:
            dictionary = zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)
            self._decompressor = zstandard.ZstdDecompressor(dict_data=dictionary)
            self.id = dictionary.dict_id()
        except zstandard.ZstdError as error:
            raise ValueError("no dictionary of zstd") from error
        if not self.id:
            raise ValueError("a dictionary without a number")

    def text_of(self, message: bytes) -> bytes | None:
        """Return the text of a message, at most MAX_POST_BYTES; None if the message is damaged or longer.

        Raises:
            WrongDictionaryError: it was compressed with another dictionary.
        """
        if not message.startswith(_MAGIC):
            return message
        try:
            frame = zstandard.get_frame_parameters(message)
            # Before a byte is decompressed: a small message may claim any size.
            if frame.content_size not in _UNKNOWN_SIZES and frame.content_size > MAX_POST_BYTES:
                return None
            if frame.dict_id not in (0, self.id):
                raise WrongDictionaryError
            return self._decompressor.decompress(message, max_output_size=MAX_POST_BYTES)
        except zstandard.ZstdError:
            return None


_UNKNOWN_SIZES = (zstandard.CONTENTSIZE_UNKNOWN, zstandard.CONTENTSIZE_ERROR)


class WrongDictionaryError(Exception):
    """A message was compressed with another dictionary than the server's."""


def fetch_dictionary(host: str, seconds: float) -> Dictionary:
    """Return the present dictionary of a server of version 2, within about ``seconds``.

    Raises:
        RefusedError: the server has none.
        ConnectionEndedError: it cannot be reached, or sends no dictionary.
    """
    until = monotonic() + seconds
    connection = _http_connection(host, seconds)
    try:
        connection.request("GET", f"{_METHODS}getZstdDictionary", headers={"User-Agent": "Trendsite"})
        response = connection.getresponse()
        data = bytearray()
        while len(data) <= _MAX_DICTIONARY_BYTES and (chunk := response.read1(_CHUNK_BYTES)):
            data += chunk
            if monotonic() > until:
                raise ConnectionEndedError("the dictionary did not come in time")
        if response.status != http.client.OK:
            raise RefusedError(response.status, dict(response.headers), bytes(data))
        if len(data) > _MAX_DICTIONARY_BYTES:
            raise ConnectionEndedError("the dictionary is too large")
        return Dictionary(bytes(data))
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionEndedError("the dictionary cannot be fetched") from error
    except ValueError as error:
        raise ConnectionEndedError(f"the server sent {error}") from error
    finally:
        connection.close()


def _http_connection(host: str, seconds: float) -> http.client.HTTPConnection:
    address = urlsplit(host)
    if address.scheme == "wss":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(address.hostname or "", address.port, timeout=seconds, context=context)
    return http.client.HTTPConnection(address.hostname or "", address.port, timeout=seconds)
