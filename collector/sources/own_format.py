"""A post in our own format, as recordings have it and other systems write it -> a post. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC

import msgspec

from collector.sources.fields import MAX_ID_CHARACTERS, AuthorHash, author, decoded, event_time, post_id, utc
from collector.sources.hashtags import normalise_spelled
from contract.language import LANGUAGES, normalise_language
from contract.post import MAX_LINE_BYTES, Post


class WrittenPost(msgspec.Struct):
    """A post in our own format. Hashtags are as written, or folded with a list of spellings. The author is an id."""

    id: str | int
    created_at: msgspec.Raw
    hashtags: object
    lang: object = None
    spellings: object = None
    author: object = None


decoder = msgspec.json.Decoder(WrittenPost)
_plain_decoder = msgspec.json.Decoder(Post)
# Digits beyond the microsecond, which msgspec would round; or escapes, which may hide digits and their point.
_EXCESS_DIGITS = re.compile(rb"\.\d{7}")
_ESCAPED_ASCII = re.compile(rb"\\u00[23]")


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


def plain_posts(lines: Sequence[bytes], hash_author: AuthorHash, dropped: Counter[str]) -> list[Post] | None:
    """Return the posts of some lines if all are plain: each field is as in the posts that the collector writes.

    This is the fast path of most recordings. The posts, and what ``dropped`` counts, are those of :func:`post_of`. With
    None nothing is counted.
    """
    if max(map(len, lines)) > MAX_LINE_BYTES or _may_have_excess_digits(b"\n".join(lines)):
        return None
    try:
        posts = list(map(_plain_decoder.decode, lines))
    except (ValueError, RecursionError):
        return None
    if not _have_usable_ids(posts) or not _have_usable_times(posts):
        return None
    for post in posts:
        if post.lang not in LANGUAGES:
            post.lang = normalise_language(post.lang)
        if post.hashtags:
            post.hashtags, post.spellings = normalise_spelled(post.hashtags, post.spellings, dropped)
        else:
            post.spellings = []
        post.author = hash_author(post.author, post.created_at) if post.author else None
    return posts


def _may_have_excess_digits(text: bytes) -> bool:
    return bool(_EXCESS_DIGITS.search(text) or _ESCAPED_ASCII.search(text))


def _have_usable_ids(posts: list[Post]) -> bool:
    """Return whether :func:`post_id` would keep each id as it is."""
    ids = [post.id for post in posts]
    return max(map(len, ids)) <= MAX_ID_CHARACTERS and "".join(ids).isprintable() and all(map(str.strip, ids))


def _have_usable_times(posts: list[Post]) -> bool:
    """Return whether all times are in UTC and of years that :func:`utc` accepts."""
    moments = [post.created_at for post in posts]
    is_utc = {moment.tzinfo for moment in moments} == {UTC}
    return is_utc and utc(min(moments)) is not None and utc(max(moments)) is not None
