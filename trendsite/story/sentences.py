"""The sentence of each fact, in the reader's language: whole sentences, so that each language orders its words.

As HTML a hashtag is a link to its page; a time, or a number of posts, to the moment of the race. Hashtags are
strangers' text: only escaped values enter the HTML.
"""

from collections.abc import Callable, Mapping

from django.utils import translation
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trendsite.localise import format_day, format_number, format_percent
from trendsite.story.facts import Fact

HashtagAddress = Callable[[str], str]
"""Return the address of a hashtag's page, by its key."""

MomentAddress = Callable[[str | None], str]
"""Return the address of a moment of the race (``HH:MM``), None for its end."""


def in_english(fact: Fact) -> Fact:
    """Return the fact with its English sentence as ``text``."""
    with translation.override("en"):
        fact.text = _template(fact) % {
            **_values(fact),
            **{name: f"#{hashtag}" for name, (_, hashtag) in _hashtags(fact).items()},
        }
    return fact


def as_html(fact: Fact, hashtag_address: HashtagAddress, moment_address: MomentAddress) -> SafeString:
    """Return the sentence of a fact as HTML, in the current language, with links to its hashtags and its moment."""
    values = _values(fact)
    linked = _linked(fact)
    if linked in values:
        link = '<a data-moment="{}" href="{}">{}</a>'
        values[linked] = format_html(link, fact.at or "", moment_address(fact.at), values[linked])
    for name, (key, hashtag) in _hashtags(fact).items():
        link = '<a class="of-story" href="{}"><bdi>#{}</bdi></a>'
        values[name] = format_html(link, hashtag_address(key), hashtag)
    # Every value is escaped, unless format_html made it.
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(escape(_template(fact)) % escaped)  # noqa: S308


def _linked(fact: Fact) -> str:
    """Return the placeholder that leads to the moment of a fact: a time, or what is known at the end."""
    if fact.kind in ("rise", "missing"):
        return "end"
    return "start" if fact.start else "posts"


def _hashtags(fact: Fact) -> dict[str, tuple[str, str]]:
    """Return the key and the spelling of each hashtag by its placeholder."""
    named = {"hashtag": (fact.key, fact.hashtag), "other": (fact.other_key, fact.other)}
    return {name: (key, hashtag or key) for name, (key, hashtag) in named.items() if key is not None}


def _values(fact: Fact) -> dict[str, str]:
    """Return the numbers and times of a fact as the reader's language writes them, by placeholder."""
    numbers = {name: getattr(fact, name) for name in ("rank", "places", "posts", "of_posts", "times", "days")}
    values = {name: format_number(number) for name, number in numbers.items() if number is not None}
    if fact.share is not None:
        values["share"] = format_percent(fact.share, decimals=1 if fact.share < 0.1 else 0)
    if fact.last:
        values["last"] = format_day(fact.last)
    return values | {name: time for name, time in (("start", fact.start), ("end", fact.end)) if time}


def _template(fact: Fact) -> str:
    """Return the translated sentence of a fact, or its two sentences, with placeholders."""
    template = _TEMPLATES[fact.kind](fact)
    return template if fact.share is None else f"{template} {_share(fact)}"


def _share(fact: Fact) -> str:
    posts = fact.posts or 0
    if fact.running:
        return ngettext(
            "It is in %(posts)s post so far, %(share)s of all.",
            "It is in %(posts)s posts so far, %(share)s of all.",
            posts,
        )
    return ngettext(
        "It was in %(posts)s post, %(share)s of all.", "It was in %(posts)s posts, %(share)s of all.", posts
    )


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


def _lead_changes(fact: Fact) -> str:
    times = fact.times or 0
    if fact.certain:
        return ngettext(
            "The lead changed %(times)s time, last at %(start)s.",
            "The lead changed %(times)s times, last at %(start)s.",
            times,
        )
    return ngettext(
        "As far as recorded, the lead changed %(times)s time, last at %(start)s.",
        "As far as recorded, the lead changed %(times)s times, last at %(start)s.",
        times,
    )


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
    if fact.start:
        return _new_with_rank(fact)
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


def _new_with_rank(fact: Fact) -> str:
    days = fact.days or 0
    if fact.running:
        return ngettext(
            "%(hashtag)s is new and came to rank %(rank)s at %(start)s: not among the 1,000 most used on the "
            "%(days)s recorded day before.",
            "%(hashtag)s is new and came to rank %(rank)s at %(start)s: not among the 1,000 most used on any of "
            "the %(days)s recorded days before.",
            days,
        )
    return ngettext(
        "%(hashtag)s was new and came to rank %(rank)s at %(start)s: not among the 1,000 most used on the %(days)s "
        "recorded day before.",
        "%(hashtag)s was new and came to rank %(rank)s at %(start)s: not among the 1,000 most used on any of the "
        "%(days)s recorded days before.",
        days,
    )


def _back(fact: Fact) -> str:
    if fact.start:
        if fact.running:
            return _(
                "%(hashtag)s is back and came to rank %(rank)s at %(start)s: it was last among the 1,000 most used on "
                "%(last)s."
            )
        return _(
            "%(hashtag)s was back and came to rank %(rank)s at %(start)s: it was last among the 1,000 most used on "
            "%(last)s."
        )
    if fact.running:
        return _("%(hashtag)s is back: it was last among the 1,000 most used on %(last)s.")
    return _("%(hashtag)s was back: it was last among the 1,000 most used on %(last)s.")


def _together(fact: Fact) -> str:
    posts = fact.posts or 0
    if fact.certain:
        return ngettext(
            "Often together: %(hashtag)s and %(other)s, in %(posts)s post.",
            "Often together: %(hashtag)s and %(other)s, in %(posts)s posts.",
            posts,
        )
    return ngettext(
        "Often together: %(hashtag)s and %(other)s, in at least %(posts)s post.",
        "Often together: %(hashtag)s and %(other)s, in at least %(posts)s posts.",
        posts,
    )


def _most_posts(fact: Fact) -> str:
    days = fact.days or 0
    if fact.running:
        return ngettext(
            "The day already has more posts than the %(days)s recorded day before: %(posts)s.",
            "The day already has more posts than any of the %(days)s recorded days before: %(posts)s.",
            days,
        )
    return ngettext(
        "The day had more posts than the %(days)s recorded day before: %(posts)s.",
        "The day had more posts than any of the %(days)s recorded days before: %(posts)s.",
        days,
    )


def _missing(_fact: Fact) -> str:
    return _("Posts are missing from %(start)s to %(end)s.")


_TEMPLATES: Mapping[str, Callable[[Fact], str]] = {
    "led": _led,
    "most_used": _most_used,
    "lead_changes": _lead_changes,
    "second": _second,
    "rise": _rise,
    "burst": _burst,
    "busiest_hour": _busiest_hour,
    "new": _new,
    "back": _back,
    "together": _together,
    "most_posts": _most_posts,
    "missing": _missing,
}
