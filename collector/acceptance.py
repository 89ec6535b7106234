"""Posts -> those that are counted, whatever their time: of a tracked language, without hashtags in excess. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence

from contract.post import MAX_HASHTAGS, Post

Tracked = Collection[str] | None
"""Languages; None is every language."""


def accepted(posts: Sequence[Post], tracked: Tracked, dropped: Counter[str]) -> list[Post]:
    """Return the posts that are counted, in order; ``dropped`` is told what is left out."""
    kept = list(posts) if tracked is None else [post for post in posts if post.lang in tracked]
    if untracked := len(posts) - len(kept):
        dropped["untracked"] += untracked
    for post in kept:
        if len(post.hashtags) > MAX_HASHTAGS:
            dropped["excess_hashtags"] += len(post.hashtags) - MAX_HASHTAGS
            post.hashtags, post.spellings = post.hashtags[:MAX_HASHTAGS], post.spellings[:MAX_HASHTAGS]
    return kept
