"""One status of a Mastodon server, or the event with it -> Post. Pure.

Boosts and private messages do not count, and posts of bots only on request. The id of a post is the hash of its
address, since the address contains the account's name. It is the same on every server. The event time is when the post
was written: the network has no other.

The event of an edit is no post. Its post counted when it was new, perhaps so long ago that its id is forgotten; a post
that did not arrive while it was new lies in a gap, which is on record.
"""

from collections import Counter

import msgspec

from collector.sources.fields import AuthorHash, author, decoded, event_time
from collector.sources.hashtags import normalise
from collector.sources.mastodon.events import Event
from contract.language import normalise_language
from contract.post import Post

_NEW = "update"
_FOR_EVERYONE = ("public", "unlisted")
_NOTHING = (b"", b"null", b"[]", b"{}", b"false")


class _Status(msgspec.Struct):
    """A status; or an event of a WebSocket, with a status as text in ``payload``.

    Members that may be long are not decoded here: an account has a hundred members.
    """

    uri: object = None
    created_at: msgspec.Raw = msgspec.Raw()
    language: object = None
    tags: msgspec.Raw = msgspec.Raw()
    reblog: msgspec.Raw = msgspec.Raw()
    visibility: object = "public"
    account: msgspec.Raw = msgspec.Raw()
    event: object = None
    payload: object = None


class _Account(msgspec.Struct):
    url: object = None
    uri: object = None
    bot: object = None


_decoder = msgspec.json.Decoder(_Status)
_account_decoder = msgspec.json.Decoder(_Account)
_any_decoder = msgspec.json.Decoder()


def event_to_post(event: Event, hash_author: AuthorHash, dropped: Counter[str], with_bots: bool = False) -> Post | None:
    """Return the post of a server-sent event; None if it is not one. ``dropped`` counts as in :func:`to_post`."""
    if event.name != _NEW.encode():
        dropped["not_a_post"] += 1
        return None
    if event.data is None:
        dropped["too_long"] += 1
        return None
    return to_post(event.data, hash_author, dropped, with_bots)


def to_post(
    status: msgspec.Raw | bytes, hash_author: AuthorHash, dropped: Counter[str], with_bots: bool = False
) -> Post | None:
    """Return the post of a status; None if it is not a post.

    ``dropped`` counts the reason for None (``not_a_post``: a boost, an edit, a deletion, a private message; ``bot``),
    and hashtags that are left out.
    """
    read = decoded(status, _decoder)
    if read is not None and read.event == _NEW and isinstance(read.payload, str):
        read = decoded(read.payload.encode(), _decoder)
    if read is None:
        dropped["malformed"] += 1
        return None
    if read.uri is None or bytes(read.reblog) not in _NOTHING or read.visibility not in _FOR_EVERYONE:
        dropped["not_a_post"] += 1
        return None
    created_at = event_time(read.created_at)
    if created_at is None or not isinstance(read.uri, str) or not read.uri.strip():
        dropped["malformed"] += 1
        return None
    account = _account(read.account)
    if account.bot is True and not with_bots:
        dropped["bot"] += 1
        return None
    keys, spellings = normalise(_hashtags(read.tags), dropped)
    language = normalise_language(read.language)
    # The URL of an account is the same on every server. Its id differs.
    author_hash = author(account.url or account.uri, created_at, hash_author)
    # The day of both hashes is that of the status, so it has the same id whenever and wherever it is seen.
    return Post(f"mastodon:{hash_author(read.uri, created_at)}", created_at, language, keys, spellings, author_hash)


def _account(account: msgspec.Raw) -> _Account:
    return decoded(account, _account_decoder) or _Account()


def _hashtags(tags: msgspec.Raw) -> object:
    if bytes(tags) in _NOTHING:
        return None
    read = decoded(tags, _any_decoder)
    return [tag.get("name") if isinstance(tag, dict) else tag for tag in read] if isinstance(read, list) else read
