"""One line of the feed -> what it counts under. Pure Python, for the peers that count in Python."""

import json
import unicodedata

from benchmarks.peers.board import ALL_LANGUAGES, TOTAL_KEY

Group = tuple[str, str, str]
"""Day, language, hashtag key."""


def groups_of(line: str | bytes) -> list[Group]:
    """Return every group that a post counts under, in its language and in all."""
    post = json.loads(line)
    day = post["created_at"][:10]
    keys = {unicodedata.normalize("NFKC", hashtag).casefold() for hashtag in post["hashtags"]}
    return [(day, language, key) for language in (post["lang"], ALL_LANGUAGES) for key in (TOTAL_KEY, *keys)]
