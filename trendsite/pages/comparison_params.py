"""The query of the pages that compare hashtags, checked, and addresses of another choice. Nothing here raises."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from contract.language import ALL_LANGUAGES
from contract.post import is_usable
from trendsite.pages.query_params import number_param, selection_param
from trendsite.queries.choice import EVERYTHING, ChoiceError, parse_choice
from trendsite.queries.comparison import (
    DEFAULT_DAYS,
    MAX_DAYS,
    MAX_HASHTAGS,
    MAX_HOURS,
    MAX_LANGUAGES,
    ComparisonQuery,
    split_hashtags,
)
from trendsite.queries.hashtag_search import counted_key, possible_key


@dataclass(frozen=True)
class ComparisonChoice:
    """What the page shows: a comparison, as posts or as shares of all posts.

    ``ignored`` are typed texts that are no hashtags, or too many.
    """

    query: ComparisonQuery
    is_share: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the compared hashtags."""
        return self.query.keys

    @property
    def is_full(self) -> bool:
        """Whether no further hashtag fits."""
        return len(self.keys) >= MAX_HASHTAGS

    def changed(self, *, is_share: bool | None = None, **changes: Any) -> "ComparisonChoice":  # noqa: ANN401
        """Return the choice with some fields of its query changed."""
        query = replace(self.query, **changes)
        return ComparisonChoice(query, self.is_share if is_share is None else is_share)

    @property
    def parameters(self) -> dict[str, str]:
        """The choice as parameters of the page, without those that have their default."""
        share = {"share": "1"} if self.is_share else {}
        return {**self.api_parameters, **share}

    @property
    def api_parameters(self) -> dict[str, str]:
        """The choice as parameters of the API."""
        query = self.query
        chosen = {"hashtags": ",".join(query.keys)} if query.keys else {}
        if query.hours:
            chosen["hours"] = str(query.hours)
        elif query.days != DEFAULT_DAYS:
            chosen["days"] = str(query.days)
        if query.until:
            chosen["until"] = query.until.isoformat()
        if query.languages != EVERYTHING.languages:
            chosen["languages"] = ",".join(query.languages)
        return {**chosen, **query.selected.query}

    @property
    def encoded(self) -> str:
        """The choice as the query of an address."""
        return urlencode(self.parameters, safe=",*")


async def choice_param(query: QueryDict) -> ComparisonChoice:
    """Return the choice of ``?hashtags=a,b&add=c&days=30&share=1``.

    ``hours=`` comes before ``days=``; ``by=hour`` shows the hours of as many days, a week by default.
    """
    typed = split_hashtags([*query.getlist("hashtags"), *query.getlist("add")])
    possible = [text for text in typed if (key := possible_key(text)) and is_usable(key)]
    keys = list(dict.fromkeys([await counted_key(text) for text in possible[: 2 * MAX_HASHTAGS]]))
    ignored = [text for text in typed if text not in possible] + keys[MAX_HASHTAGS:]
    days = number_param(query, "days", 1, MAX_DAYS)
    hours = number_param(query, "hours", 1, MAX_HOURS)
    if hours is None and days is None and query.get("span"):
        # A form has one field for both.
        span = QueryDict(query.get("span", ""))
        days, hours = number_param(span, "days", 1, MAX_DAYS), number_param(span, "hours", 1, MAX_HOURS)
    if query.get("by") == "hour" and hours is None:
        hours = min(24 * (days or 7), MAX_HOURS)
    return ComparisonChoice(
        ComparisonQuery(
            tuple(keys[:MAX_HASHTAGS]),
            _languages(query),
            selection_param(query),
            days or DEFAULT_DAYS,
            hours,
            _until(query.get("until", "")),
        ),
        is_share=query.get("share") == "1",
        ignored=tuple(text[:100] for text in ignored[:MAX_HASHTAGS]),
    )


def _languages(query: QueryDict) -> tuple[str, ...]:
    try:
        languages = parse_choice(query.getlist("languages")).languages
    except ChoiceError:
        return (ALL_LANGUAGES,)
    return languages if len(languages) <= MAX_LANGUAGES else (ALL_LANGUAGES,)


def _until(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
