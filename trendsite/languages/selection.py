"""Which languages are tracked: read for the page, changed by its form."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from trendsite.languages.models import Language
from trendsite.languages.names import english_name, own_name


class SelectionError(ValueError):
    """A selection that cannot be saved. The message is for the page."""


@dataclass(frozen=True)
class LanguageLine:
    """One language on the page; ``posts`` is None when today's posts are not known."""

    code: str
    own_name: str
    english_name: str
    posts: int | None
    tracked: bool


def language_lines(posts: dict[str, int] | None) -> list[LanguageLine]:
    """Return every language, those with most posts today first, then by English name."""
    lines = [
        LanguageLine(
            language.code,
            own_name(language.code),
            english_name(language.code),
            None if posts is None else posts.get(language.code, 0),
            language.tracked,
        )
        for language in Language.objects.all()
    ]
    return sorted(lines, key=lambda line: (-(line.posts or 0), line.english_name))


@transaction.atomic
def track_only(codes: Collection[str]) -> int:
    """Track these languages and no other; return how many are tracked.

    Raises:
        SelectionError: none of them is a language.
    """
    tracked = Language.objects.filter(code__in=codes)
    count = tracked.update(tracked=True)
    if not count:
        raise SelectionError("At least one language must stay tracked. Nothing was changed.")
    Language.objects.exclude(code__in=codes).update(tracked=False)
    return count
