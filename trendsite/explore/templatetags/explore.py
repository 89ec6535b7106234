"""How languages are called, for templates."""

from django import template

from trendsite.languages.names import english_name, own_name

register = template.Library()


@register.filter
def own_language(code: str) -> str:
    """Return what a language calls itself."""
    return own_name(code)


@register.filter
def english_language(code: str) -> str:
    """Return what English calls a language."""
    return english_name(code)
