"""A post in our own format, as recordings have it and other systems write it -> a post. Pure."""

from collections import Counter

import msgspec

from collector.sources.fields import AuthorHash, author, decoded, event_time, post_id
from collector.sources.hashtags import normalise_spelled
from contract.language import normalise_language
from contract.post import Post


class WrittenPost(msgspec.Struct):
    """A post in our own format. Hashtags are as written, or folded with a list of spellings. The author is an id."""

    id: str | int
    created_at: msgspec.Raw
    hashtags: object
    lang: object = None
    spellings: object = None
    author: object = None


decoder = msgspec.json.Decoder(WrittenPost)


def to_post(line: bytes | msgspec.Raw, hash_author: AuthorHash, dropped: Counter[str]) -> Post | None:
    """Return the post of one line in our own format; None if it is not one.

    ``dropped`` counts the reason for None, and hashtags that are left out.
    """
    written = decoded(line, decoder)
    if written is None:
        dropped["malformed"] += 1
        return None
    return post_of(written, hash_author, dropped)


def post_of(written: WrittenPost, hash_author: AuthorHash, dropped: Counter[str]) -> Post | None:
    """Return the post, None without a usable id or event time. ``dropped`` is as in :func:`to_post`."""
    created_at = event_time(written.created_at)
    identity = post_id(written.id)
    if created_at is None or identity is None:
        dropped["malformed"] += 1
        return None
    post = Post(identity, created_at, normalise_language(written.lang), [])
    if written.hashtags:
        post.hashtags, post.spellings = normalise_spelled(written.hashtags, written.spellings, dropped)
    if written.author:
        post.author = author(written.author, created_at, hash_author)
    return post
