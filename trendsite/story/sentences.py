"""The sentence of each fact, in the reader's language: whole sentences, so that each language orders its words.

As HTML a hashtag and a time are links. Hashtags are strangers' text: only escaped values enter the HTML.
"""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trendsite.story.facts import Fact

HashtagAddress = Callable[[str], str]
"""Return the address of a hashtag's page, by its key."""

MomentAddress = Callable[[str | None], str]
"""Return the address of a moment of the race (``HH:MM``), None for its end."""


def in_english(fact: Fact) -> Fact:
    """Return the fact with its English sentence as ``text``."""
    with translation.override("en"):
        fact.text = _template(fact) % {**_numbers(fact), **_times(fact), "hashtag": f"#{fact.hashtag}"}
    return fact


def as_html(fact: Fact, hashtag_address: HashtagAddress, moment_address: MomentAddress) -> SafeString:
    """Return the sentence of a fact as HTML, in the current language, with links to its hashtag and its moment."""
    address = moment_address(fact.at)
    values: dict[str, str] = dict(_numbers(fact))
    for name, time in _times(fact).items():
        is_moment = name == _linked_time(fact)
        link = '<a data-moment="{}" href="{}">{}</a>'
        values[name] = format_html(link, fact.at or "", address, time) if is_moment else time
    if fact.key is not None:
        link = '<a class="of-story" href="{}"><bdi>#{}</bdi></a>'
        values["hashtag"] = format_html(link, hashtag_address(fact.key), fact.hashtag)
    # Every value is escaped, unless format_html made it.
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(escape(_template(fact)) % escaped)  # noqa: S308


def _linked_time(fact: Fact) -> str:
    """Return the placeholder whose time leads to the moment of a fact."""
    return "end" if fact.kind == "rise" else "start"


def _times(fact: Fact) -> dict[str, str]:
    return {name: time for name, time in (("start", fact.start), ("end", fact.end)) if time}


def _numbers(fact: Fact) -> dict[str, str]:
    numbers = {name: getattr(fact, name) for name in ("rank", "places", "posts", "of_posts", "days")}
    found = {name: number_format(number, force_grouping=True) for name, number in numbers.items() if number is not None}
    return found | {"last": _date(fact.last)} if fact.last else found


def _date(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _template(fact: Fact) -> str:
    """Return the translated sentence of a fact, with placeholders."""
    return _TEMPLATES[fact.kind](fact)


def _led(fact: Fact) -> str:
    if fact.start is None:
        return _led_all_day(fact)
    if fact.end is not None:
        return _led_for_a_time(fact)
    if fact.running:
        if fact.certain:
            return _("%(hashtag)s has led since %(start)s.")
        return _("As far as recorded, %(hashtag)s has led since %(start)s.")
    if fact.certain:
        return _("%(hashtag)s led from %(start)s until midnight.")
    return _("As far as recorded, %(hashtag)s led from %(start)s until midnight.")


def _led_for_a_time(fact: Fact) -> str:
    if fact.certain:
        return _("%(hashtag)s led from %(start)s to %(end)s.")
    return _("As far as recorded, %(hashtag)s led from %(start)s to %(end)s.")


def _led_all_day(fact: Fact) -> str:
    if fact.running:
        if fact.certain:
            return _("%(hashtag)s has led all day so far.")
        return _("As far as recorded, %(hashtag)s has led all day so far.")
    if fact.certain:
        return _("%(hashtag)s led all day.")
    return _("As far as recorded, %(hashtag)s led all day.")


def _most_used(fact: Fact) -> str:
    posts = fact.posts or 0
    if fact.running:
        return ngettext(
            "%(hashtag)s is the most used so far, with %(posts)s post.",
            "%(hashtag)s is the most used so far, with %(posts)s posts.",
            posts,
        )
    return ngettext(
        "%(hashtag)s was the most used, with %(posts)s post.",
        "%(hashtag)s was the most used, with %(posts)s posts.",
        posts,
    )


def _second(fact: Fact) -> str:
    posts = fact.posts or 0
    if fact.running:
        return ngettext(
            "%(hashtag)s is second so far, with %(posts)s post.",
            "%(hashtag)s is second so far, with %(posts)s posts.",
            posts,
        )
    return ngettext(
        "%(hashtag)s came second, with %(posts)s post.", "%(hashtag)s came second, with %(posts)s posts.", posts
    )


def _rise(fact: Fact) -> str:
    places = fact.places or 0
    if fact.from_outside:
        return ngettext(
            "%(hashtag)s rose by at least %(places)s place between %(start)s and %(end)s, to rank %(rank)s.",
            "%(hashtag)s rose by at least %(places)s places between %(start)s and %(end)s, to rank %(rank)s.",
            places,
        )
    return ngettext(
        "%(hashtag)s rose %(places)s place between %(start)s and %(end)s, to rank %(rank)s.",
        "%(hashtag)s rose %(places)s places between %(start)s and %(end)s, to rank %(rank)s.",
        places,
    )


def _burst(fact: Fact) -> str:
    if fact.running:
        return _burst_so_far(fact)
    posts = fact.of_posts or 0
    if fact.certain:
        return ngettext(
            "The busiest hour of %(hashtag)s was %(start)s: %(posts)s of its %(of_posts)s post.",
            "The busiest hour of %(hashtag)s was %(start)s: %(posts)s of its %(of_posts)s posts.",
            posts,
        )
    return ngettext(
        "The busiest recorded hour of %(hashtag)s was %(start)s: %(posts)s of its %(of_posts)s post.",
        "The busiest recorded hour of %(hashtag)s was %(start)s: %(posts)s of its %(of_posts)s posts.",
        posts,
    )


def _burst_so_far(fact: Fact) -> str:
    posts = fact.of_posts or 0
    if fact.certain:
        return ngettext(
            "The busiest hour of %(hashtag)s so far is %(start)s: %(posts)s of its %(of_posts)s post.",
            "The busiest hour of %(hashtag)s so far is %(start)s: %(posts)s of its %(of_posts)s posts.",
            posts,
        )
    return ngettext(
        "The busiest recorded hour of %(hashtag)s so far is %(start)s: %(posts)s of its %(of_posts)s post.",
        "The busiest recorded hour of %(hashtag)s so far is %(start)s: %(posts)s of its %(of_posts)s posts.",
        posts,
    )


def _busiest_hour(fact: Fact) -> str:
    if fact.running:
        return _busiest_hour_so_far(fact)
    posts = fact.posts or 0
    if fact.certain:
        return ngettext(
            "The busiest hour was %(start)s, with %(posts)s post.",
            "The busiest hour was %(start)s, with %(posts)s posts.",
            posts,
        )
    return ngettext(
        "The busiest recorded hour was %(start)s, with %(posts)s post.",
        "The busiest recorded hour was %(start)s, with %(posts)s posts.",
        posts,
    )


def _busiest_hour_so_far(fact: Fact) -> str:
    posts = fact.posts or 0
    if fact.certain:
        return ngettext(
            "The busiest hour so far is %(start)s, with %(posts)s post.",
            "The busiest hour so far is %(start)s, with %(posts)s posts.",
            posts,
        )
    return ngettext(
        "The busiest recorded hour so far is %(start)s, with %(posts)s post.",
        "The busiest recorded hour so far is %(start)s, with %(posts)s posts.",
        posts,
    )


def _new(fact: Fact) -> str:
    days = fact.days or 0
    if fact.running:
        return ngettext(
            "%(hashtag)s is new: not among the 1,000 most used on the %(days)s recorded day before.",
            "%(hashtag)s is new: not among the 1,000 most used on any of the %(days)s recorded days before.",
            days,
        )
    return ngettext(
        "%(hashtag)s was new: not among the 1,000 most used on the %(days)s recorded day before.",
        "%(hashtag)s was new: not among the 1,000 most used on any of the %(days)s recorded days before.",
        days,
    )


def _back(fact: Fact) -> str:
    if fact.running:
        return _("%(hashtag)s is back: it was last among the 1,000 most used on %(last)s.")
    return _("%(hashtag)s was back: it was last among the 1,000 most used on %(last)s.")


_TEMPLATES: Mapping[str, Callable[[Fact], str]] = {
    "led": _led,
    "most_used": _most_used,
    "second": _second,
    "rise": _rise,
    "burst": _burst,
    "busiest_hour": _busiest_hour,
    "new": _new,
    "back": _back,
}
