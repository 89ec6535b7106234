"""Jetstream's events on the wire, versions 1 and 2: what the stand-in sends for a made-up post."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

import zstandard
from websockets.frames import Frame, Opcode

from tests.standins.script import MadeUpPost

COLLECTION = "app.bsky.feed.post"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def wire_time(moment: datetime) -> str:
    """Return a moment as version 2 writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def record_key(moment: datetime, number: int = 0) -> str:
    """Return the record key that a client makes at a moment."""
    value = microseconds(moment) << 10 | number % 1024
    return "".join(_TID_DIGITS[value >> shift & 31] for shift in range(60, -1, -5))


def did_of(account: str) -> str:
    """Return the id of an account."""
    digits = sha256(account.encode()).digest()
    return "did:plc:" + "".join(_TID_DIGITS[byte % 32] for byte in digits[:24])


def record_of(post: MadeUpPost) -> dict[str, object]:
    """Return a post as its author wrote it, with a time that is absurd."""
    text = " ".join(f"#{tag}" for tag in post.hashtags)
    facets = []
    for tag in post.hashtags:
        begin = len(text[: text.index(f"#{tag}")].encode())
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
        index = {"byteStart": begin, "byteEnd": begin + len(f"#{tag}".encode())}
        facets.append({"features": [feature], "index": index})
    record: dict[str, object] = {"$type": COLLECTION, "createdAt": "0000-01-01T00:00:00.00000000Z", "text": f"é {text}"}
    if facets:
        record["facets"] = facets
    if post.language:
        record["langs"] = [post.language]
    return record


def change(post: MadeUpPost, **changes: object) -> dict[str, object]:
    """Return the commit of a post, as both versions have it."""
    commit: dict[str, object] = {
        "rev": record_key(post.moment),
        "operation": "create",
        "collection": COLLECTION,
        "rkey": record_key(post.moment, post.number),
        "record": record_of(post),
        "cid": "bafyreidqpc7si3dbimffi64lz3xsx2qt45ip7rpna2qpslcddp23itjjzm",
    }
    return commit | changes


def event_1(post: MadeUpPost, **changes: object) -> bytes:
    """Return an event of version 1."""
    event = {"did": did_of(post.account), "time_us": microseconds(post.moment), "kind": "commit"}
    return to_json(event | {"commit": change(post, **changes)})


def event_2(post: MadeUpPost, seq: int, **changes: object) -> bytes:
    """Return a message of version 2."""
    head = {"$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": seq, "did": did_of(post.account)}
    payload = head | {"time": wire_time(post.moment)} | change(post, **changes)
    return to_json({"$type": "message", "payload": payload})


def to_json(value: object) -> bytes:
    """Return compact JSON, as the server writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def trained_dictionary(number: int) -> zstandard.ZstdCompressionDict:
    """Return a dictionary with this number, trained on made-up events."""
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    posts = (MadeUpPost(i, noon + timedelta(seconds=i), f"a{i}", "en", (f"Topic{i}",)) for i in range(2_000))
    samples = [event_2(post, post.number) for post in posts]
    return zstandard.train_dictionary(8_192, samples, dict_id=number)


def frame(data: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    """Return a WebSocket frame of the server."""
    return Frame(opcode, data).serialize(mask=False)
