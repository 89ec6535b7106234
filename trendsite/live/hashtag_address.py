"""Where a hashtag's page is, for templates of every app; ``static/site/hashtag_address.js`` tells scripts the same."""

from urllib.parse import quote

from django import template

register = template.Library()


@register.filter
def hashtag_address(key: str) -> str:
    """Return the address of a hashtag's page, whatever characters its key has."""
    # Browsers take away a path's "." and "..", even percent-encoded: a # before them, which does not count, keeps them.
    kept = f"#{key}" if key in (".", "..") else key
    return f"/hashtags/{quote(kept, safe='')}/"
