"""GET /feeds/{languages}/{window}.rss: the first ten of a window, for feed readers."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed

from contract.ranking import RankedHashtag, Ranking, Why, Window
from trendsite.api.operation import file_operation
from trendsite.api.query_params import FeedParams, TopParams
from trendsite.api.ranking_routes import find_top
from trendsite.api.responses import digest_of, revalidated
from trendsite.languages.names import english_name
from trendsite.public_url import request_origin
from trendsite.queries.pipeline_status import read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import Source, at_clock, headline, source_named
from trendsite.template_tags import feed_address, hashtag_address

RSS = "application/rss+xml"

# XML cannot contain these, not even escaped, but a hashtag of a recorded file can.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_MEANINGS: dict[Window, str] = {
    "day": "The hashtags that most posts use.",
    "hour": "The hashtags that most posts use.",
    "rising": "The hashtags that more people than usual use in an hour, and those that fade again.",
}
_ONLY_COUNTS = "Only counts are kept: no texts, no names."

Absolute = Callable[[str], str]
"""Makes a whole URL from a path of this site."""


@file_operation("feeds/<languages>/<window>.rss", FeedParams, RSS, example="/feeds/en/day.rss")
async def feed(request: HttpRequest, params: FeedParams) -> HttpResponseBase:
    """A ranking as a feed.

    RSS 2.0 of the first ten hashtags; `all` means all languages. A hashtag is one item a day, in the windows hour and
    rising one item an hour.
    """
    languages = tuple(params.languages.split(","))
    ranking = await find_top(TopParams(languages=languages, window=params.window, networks=params.networks))
    ranking.networks = list(params.networks)
    since, built_at = await _since(ranking)
    origin = request_origin(request)
    body = await sync_to_async(rss)(ranking, since, built_at, lambda path: f"{origin}{path}")
    return revalidated(request, HttpResponse(body, content_type=f"{RSS}; charset=utf-8"), digest_of(body))


class _RssFeed(Rss201rev2Feed):
    """RSS with a lastBuildDate of its own: an item's date is when it began to be news, not when it changed."""

    def latest_post_date(self) -> datetime:
        """Return when the counts last changed."""
        built_at: datetime = self.feed["built_at"]
        return built_at


def rss(ranking: Ranking, since: datetime, built_at: datetime, absolute: Absolute) -> bytes:
    """Return a ranking as RSS 2.0, its items dated ``since``: they stay the same as long as the hashtags do.

    ``built_at`` is when the counts last changed. The title and the description name a source that is not live.
    """
    source = at_clock(source_named(ranking.source), built_at, ranking.as_of, has_ended=False)
    language_names = ", ".join(english_name(code) for code in ranking.languages)
    codes = ",".join(ranking.languages)
    feed = _channel(ranking, source, language_names, built_at, absolute)
    for place in ranking.top:
        feed.add_item(
            title=_in_xml(_name(place)),
            link=absolute(f"{hashtag_address(place.key)}?day={ranking.day.isoformat()}{_networks_of(ranking)}"),
            description=_description(place, ranking, language_names) + (f" {source.label}." if source.label else ""),
            unique_id=_in_xml(f"{ranking.window}:{codes}:{since:%Y-%m-%dT%H}:{place.key}"),
            unique_id_is_permalink=False,
            pubdate=since,
        )
    for place in ranking.fading or []:
        if place.why:
            _add_fading(feed, place, place.why, ranking, absolute)
    return feed.writeString("utf-8").encode()


def _channel(ranking: Ranking, source: Source, language_names: str, built_at: datetime, absolute: Absolute) -> _RssFeed:
    codes = ",".join(ranking.languages)
    label = f" ({source.label.lower()})" if source.label else ""
    titled = headline(ranking.window, source, ranking.day)
    sentences = (_MEANINGS[ranking.window], ranking.note, f"Source: {source.title}.", _ONLY_COUNTS)
    return _RssFeed(
        title=f"Trendsite{label}: {titled[0].lower()}{titled[1:]}, {language_names}",
        link=absolute(f"{reverse('board')}?languages={codes}&window={ranking.window}{_networks_of(ranking)}"),
        description=" ".join(filter(None, sentences)),
        built_at=built_at,
        feed_url=absolute(feed_address(tuple(ranking.languages), ranking.window, ranking.networks)),
        ttl=5,
    )


def _add_fading(feed: _RssFeed, place: RankedHashtag, why: Why, ranking: Ranking, absolute: Absolute) -> None:
    codes = ",".join(ranking.languages)
    feed.add_item(
        title=_in_xml(f"{_name(place)} (fading)"),
        link=absolute(f"{hashtag_address(place.key)}?day={why.peak_at.date().isoformat()}{_networks_of(ranking)}"),
        description=f"Fading. {_in_words(why)}",
        unique_id=_in_xml(f"fading:{codes}:{why.peak_at:%Y-%m-%dT%H}:{place.key}"),
        unique_id_is_permalink=False,
        pubdate=why.peak_at,
    )


def _networks_of(ranking: Ranking) -> str:
    """Return the chosen networks as a further parameter of a page's address; empty if none is chosen."""
    return f"&networks={','.join(ranking.networks)}" if ranking.networks else ""


async def _since(ranking: Ranking) -> tuple[datetime, datetime]:
    """Return when the ranking began to be news, and when it last changed.

    News begin with the day, those of now with the stream's hour. The ranking changes when a day is archived, or with
    the latest counted post.
    """
    midnight = datetime.combine(ranking.day, time.min, UTC)
    if ranking.final:
        return midnight, ranking.as_of
    try:
        async with open_redis(timeout=1.0) as redis:
            clock = (await read_pipeline_status(redis)).clock
    except REDIS_IS_AWAY:
        clock = None
    if clock is None:
        return midnight, midnight
    return midnight if ranking.window == "day" else clock.replace(minute=0, second=0, microsecond=0), clock


def _description(place: RankedHashtag, ranking: Ranking, language_names: str) -> str:
    if place.why:
        return f"Place {place.rank}: {_in_words(place.why)}"
    posts = "1 post" if place.posts == 1 else f"{place.posts:,} posts"
    return f"Place {place.rank} with {posts} on {ranking.day:%-d %B %Y} (UTC). {language_names}."


def _name(place: RankedHashtag) -> str:
    companions = ", ".join(f"#{one.hashtag}" for one in place.together or ())
    return f"#{place.hashtag} with {companions}" if companions else f"#{place.hashtag}"


def _in_words(why: Why) -> str:
    return f"{why.words} · {why.details} ({why.peak_at:%H:%M on %-d %B %Y}, UTC). {english_name(why.language)}."


def _in_xml(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
