"""Tags and filters for the templates of every app: a hashtag's address, names of languages, the source of a page."""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from typing import cast
from urllib.parse import quote

from asgiref.sync import async_to_sync
from django import template
from django.http import HttpRequest
from django.template.defaultfilters import floatformat
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from contract import redis_names
from contract.version import VERSION
from trendsite.languages.names import english_name, own_name
from trendsite.languages.names import language_name as name_of_language
from trendsite.public_url import request_origin
from trendsite.queries.budgets import BudgetLine, budget_lines
from trendsite.queries.choice import ALL_IN_PATHS, EVERYTHING
from trendsite.queries.gap_reasons import reason_in_words as words_of_reason
from trendsite.queries.pipeline_status import read_pipeline_or_away
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis_in_thread
from trendsite.sources import Source, source_named

_PATIENCE_SECONDS = 0.3

register = template.Library()


@register.filter
def own_language(code: str) -> str:
    """Return the name of a language in that language."""
    return own_name(code)


@register.filter
def english_language(code: str) -> str:
    """Return the English name of a language."""
    return english_name(code)


@register.filter
def language_name(code: str) -> str:
    """Return the name of a language in the page's language."""
    return name_of_language(code)


@register.filter
def source_title(name: str) -> str:
    """Return the title of a source."""
    return source_named(name).title


@register.filter
def reason_in_words(reason: str) -> str:
    """Return the reason of a gap in the page's language."""
    return words_of_reason(reason)


@register.filter
def hashtag_address(key: str) -> str:
    """Return the address of a hashtag's page. The key can contain any character."""
    # Browsers remove "." and ".." from a path, even percent-encoded. A leading #, which is ignored, prevents that.
    segment = f"#{key}" if key in (".", "..") else key
    return f"{get_script_prefix()}hashtags/{quote(segment, safe='')}/"


@register.filter
def breakable(hashtag: str) -> SafeString:
    """Return a hashtag that a narrow place breaks between its words, such as "Book" and "Fair" of "BookFair"."""
    starts = (i for i, (before, letter) in enumerate(pairwise(hashtag), start=1) if _is_between_words(before, letter))
    cuts = [0, *starts, len(hashtag)]
    return format_html_join(mark_safe("<wbr>"), "{}", ((hashtag[start:end],) for start, end in pairwise(cuts)))


def _is_between_words(before: str, letter: str) -> bool:
    return before == "_" or (before.islower() and letter.isupper())


def feed_address(languages: tuple[str, ...], window: str, networks: Iterable[str] = ()) -> str:
    """Return the address of a choice's feed."""
    codes = ALL_IN_PATHS if languages == EVERYTHING.languages else ",".join(languages)
    chosen = ",".join(networks)
    return reverse("api:feed", args=[codes, window]) + (f"?networks={chosen}" if chosen else "")


def of_every_page(request: HttpRequest) -> dict[str, object]:
    """Return ``version``, and what is read only if a template uses it: the site's origin, source and budgets.

    Without Redis the source is None, and there are no budgets.
    """
    return {
        "version": VERSION,
        "site_origin": SimpleLazyObject(partial(request_origin, request)),
        "running_source": SimpleLazyObject(_read),
        "running_budgets": SimpleLazyObject(_read_budgets),
    }


@register.simple_tag(takes_context=True)
def source_of_page(context: template.Context) -> object:
    """Return the source of a page, else the running one; None on Django's pages without a request."""
    return context.get("source") or context.get("running_source")


@register.simple_tag
def posts_in_words(posts: int) -> str:
    """Return a number of posts, such as "1,234 posts"."""
    return ngettext("%(number)s post", "%(number)s posts", posts) % {"number": floatformat(posts, "0g")}


@register.simple_tag
def translation_catalog() -> SafeString | str:
    """Return the link to the texts of scripts in the page's language. English needs none."""
    language = get_language() or "en"
    if language == "en":
        return ""
    address = static(f"site/messages/{language}.js")
    return format_html('<link rel="modulepreload" id="translation-catalog" href="{}">', address)


def _read() -> Source | None:
    try:
        with open_redis_in_thread(_PATIENCE_SECONDS) as client:
            sources = redis_names.decode_sources(cast("str | None", client.get(redis_names.SOURCES)))
    except REDIS_IS_AWAY:
        return None
    return source_named(sources[0]) if sources else None


def _read_budgets() -> list[BudgetLine]:
    return budget_lines(async_to_sync(read_pipeline_or_away)(_PATIENCE_SECONDS))
