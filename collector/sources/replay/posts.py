"""Lines of a recording -> their posts: in our own format, or as a network sent them. The shape tells which. Pure.

The data of a network go through the translator of its live source.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from collector.sources import own_format
from collector.sources.bluesky import post as bluesky_post
from collector.sources.fields import MAX_POST_BYTES, AuthorHash, decoded
from collector.sources.json_objects import objects_in
from collector.sources.mastodon import post as mastodon_post
from collector.sources.replay.recording import BYTE_ORDER_MARK
from collector.sources.x import post as x_post
from contract.post import MAX_LINE_BYTES, Post

_LINES_AT_ONCE = 100  # So few that their posts stay in the processor's cache, and one odd line delays few others.
_DEEPEST_LIST = 3
_AROUND_DATA_OF_EVENTS = (b"event:", b"id:", b"retry:", b":")
_OF_X_V1 = {"id_str", "user", "retweeted_status", "full_text", "truncated"}
_OF_X_V2 = {"text", "entities", "author_id", "edit_history_tweet_ids", "note_tweet", "referenced_tweets"}
_OF_NOTICES = {"delete", "limit", "warning", "disconnect", "scrub_geo", "status_withheld", "user_withheld", "friends"}
_OF_NOTICES |= {"errors", "error", "meta", "title", "event"}
_OF_OTHERS = {"id", "created_at", "hashtags", "uri", "type", "did", "commit", "kind", "payload"}
_OF_OTHERS |= {"data", "includes", "statuses"}
_NAMES = sorted(_OF_X_V1 | _OF_X_V2 | _OF_NOTICES | _OF_OTHERS)

_Translate = Callable[[msgspec.Raw | bytes, AuthorHash, Counter[str]], Post | None]


# Only the members that tell the shapes apart, not decoded. All others cost no memory.
_Shape = msgspec.defstruct("_Shape", [(name, msgspec.Raw, msgspec.Raw()) for name in _NAMES], rename={"type": "$type"})

_shape_decoder = msgspec.json.Decoder(_Shape)


def read_lines(lines: Sequence[bytes], hash_author: AuthorHash, dropped: Counter[str]) -> Iterator[Post]:
    """Yield the posts of lines, which may be empty. ``dropped`` is as in :func:`read_posts`."""
    for start in range(0, len(lines), _LINES_AT_ONCE):
        some = lines[start : start + _LINES_AT_ONCE]
        posts = own_format.plain_posts(some, hash_author, dropped)
        if posts is not None:
            yield from posts
        else:
            for line in filter(None, some):
                yield from read_posts(line, hash_author, dropped)


def read_posts(line: bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Iterable[Post]:
    """Return the posts of one line, in our own format or as a network sent them.

    ``dropped`` counts the reasons if there are none, and hashtags that are left out.
    """
    if len(line) <= MAX_LINE_BYTES:
        try:
            written = own_format.decoder.decode(line)
        except (ValueError, RecursionError):
            return _from_network(line, hash_author, dropped)
        post = own_format.post_of(written, hash_author, dropped)
        return () if post is None else (post,)
    return _of_long_line(line, hash_author, dropped)


def _of_long_line(line: bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Iterator[Post]:
    """Yield the posts of a network in a line that is too long for our own format."""
    members = _members(_text(line)) or {}
    is_ours = "hashtags" in members and "statuses" not in members
    is_list = _text(line)[:1] == b"["
    if is_ours or not (is_list or _translator(members) or members.keys() & {"data", "statuses"}):
        dropped["too_long"] += 1
    else:
        yield from _from_network(line, hash_author, dropped)


def fault_of(line: bytes) -> str:
    """Return why a line has no post, in words that follow "the line"; empty if it has one."""
    dropped = Counter[str]()
    if next(iter(read_posts(line, lambda account, _: account, dropped)), None):
        return ""
    faults = {
        "too_long": f"is longer than {MAX_LINE_BYTES:,} bytes, and not whole JSON of a format that may be",
        "not_a_post": "is something else that a network sends",
        "malformed": _malformed(_text(line)),
    }
    return next((words for reason, words in faults.items() if dropped[reason]), "has no posts")


def _malformed(text: bytes) -> str:
    try:
        is_empty = msgspec.json.decode(text) == []
    except (ValueError, RecursionError):
        return "is not JSON"
    if text[:1] not in (b"{", b"[") or is_empty:
        return "is not a JSON object"
    members = _members(text)
    if members is not None and not _translator(members) and not members.keys() & {"data", "statuses"}:
        return "has no key hashtags and is of no format that is known"
    return "has a post without a usable id or created_at"


def _from_network(line: bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Iterable[Post]:
    """Return the posts of a line that is not in our own format."""
    text = _text(line)
    if text[:1] in (b"{", b"["):
        return _posts_in(text, hash_author, dropped, 0)
    if text and not line.startswith(_AROUND_DATA_OF_EVENTS):
        dropped["not_a_post" if line.startswith(b"data:") else "malformed"] += 1
    return ()


def _text(line: bytes) -> bytes:
    """Return the JSON of a line, without the frame of a server-sent event or the mark of an appended file."""
    return line.removeprefix(BYTE_ORDER_MARK).removeprefix(b"data:").strip(b" \t\r\n\x1e,")


def _posts_in(value: bytes, hash_author: AuthorHash, dropped: Counter[str], depth: int) -> Iterator[Post]:
    """Yield the posts of an object, or of all objects in a list."""
    if value[:1] == b"[" and depth < _DEEPEST_LIST:
        is_empty = True
        for element in objects_in(value):
            is_empty = False
            yield from _posts_in(element, hash_author, dropped, depth + 1)
        if is_empty and not depth:
            dropped["malformed"] += 1
        return
    members = _members(value)
    if members is None:
        dropped["malformed"] += 1
    elif "statuses" in members:
        # A page of a search. Mastodon also has the found hashtags in it.
        yield from _posts_in(bytes(members["statuses"]), hash_author, dropped, _DEEPEST_LIST - 1)
    elif translate := _translator(members):
        yield from _post_of(value, translate, hash_author, dropped)
    elif "data" in members:
        yield from _posts_of_x(members, hash_author, dropped)
    else:
        dropped["malformed" if _OF_NOTICES.isdisjoint(members) else "not_a_post"] += 1


def _post_of(value: bytes, translate: _Translate, hash_author: AuthorHash, dropped: Counter[str]) -> Iterable[Post]:
    if len(value) > MAX_POST_BYTES:
        dropped["too_long"] += 1
        return ()
    post = translate(value, hash_author, dropped)
    return () if post is None else (post,)


def _posts_of_x(members: dict[str, msgspec.Raw], hash_author: AuthorHash, dropped: Counter[str]) -> Iterator[Post]:
    """Yield the posts of a line of X's stream, or of a page of API 2; ``includes`` has the originals of retweets."""
    data = bytes(members["data"])
    if data[:1] not in (b"{", b"[") or data == b"[]":
        dropped["not_a_post"] += 1
        return
    originals = x_post.Originals(members.get("includes", b""))

    def translate(element: msgspec.Raw | bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Post | None:
        return x_post.to_post(element, originals, hash_author, dropped)

    for element in objects_in(data) if data.startswith(b"[") else [data]:
        yield from _post_of(element, translate, hash_author, dropped)


def _members(value: bytes) -> dict[str, msgspec.Raw] | None:
    """Return the known members of an object; None if it is not an object."""
    shape = decoded(value, _shape_decoder)
    if shape is None:
        return None
    return {name: raw for name in _NAMES if (raw := getattr(shape, name))}


def _translator(members: dict[str, msgspec.Raw]) -> _Translate | None:
    """Return the translator of an object with these members; None if it is not one post."""
    names = members.keys()
    if "hashtags" in names:
        return own_format.to_post
    if "type" in names or ("did" in names and ("commit" in names or "kind" in names)):
        return bluesky_post.to_post
    if ("event" in names and "payload" in names) or ("uri" in names and "created_at" in names):
        return mastodon_post.to_post
    if "id" not in names and "id_str" not in names:
        return None
    # "Wed Oct 10 20:19:24 +0000 2018" is how API 1.1 writes times.
    if names & _OF_X_V1 or bytes(members.get("created_at", b""))[1:2].isalpha():
        return x_post.status_to_post
    return _bare_post_of_x if names & _OF_X_V2 else None


def _bare_post_of_x(value: msgspec.Raw | bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Post | None:
    return x_post.to_post(value, x_post.Originals(), hash_author, dropped)
