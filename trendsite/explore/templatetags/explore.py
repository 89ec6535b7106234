"""Where hashtags and languages lead and how they are called, for templates."""

from urllib.parse import quote

from django import template

from trendsite.languages.names import english_name, own_name

register = template.Library()


@register.filter
def hashtag_address(key: str) -> str:
    """Return the address of a hashtag's page, whatever characters its key has."""
    # Browsers take away a path's "." and "..", even percent-encoded: a # before them, which does not count, keeps them.
    kept = f"#{key}" if key in (".", "..") else key
    return f"/hashtags/{quote(kept, safe='')}/"


@register.filter
def own_language(code: str) -> str:
    """Return what a language calls itself."""
    return own_name(code)


@register.filter
def english_language(code: str) -> str:
    """Return what English calls a language."""
    return english_name(code)
