"""GET /feeds/{languages}/{window}.rss: the first ten of a window, for feed readers."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.feedgenerator import Rss201rev2Feed
from ninja import Path

from contract.ranking import RankedHashtag, Ranking, Window
from trendsite.api.answers import digest_of, kept
from trendsite.api.openapi import feed_operation
from trendsite.api.parameters import EVERYTHING_IN_PATHS
from trendsite.api.query import FeedPath, TopParameters, refuse_others
from trendsite.api.top import find_top
from trendsite.languages.names import english_name
from trendsite.live.choice import EVERYTHING
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.hashtag_address import hashtag_address
from trendsite.live.pipeline import read_pipeline

RSS = "application/rss+xml"

# XML has no way to say these, not even escaped, and a recorded file may have them in a hashtag.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TITLES: dict[Window, str] = {
    "day": "top hashtags today",
    "hour": "top hashtags of the last hour",
    "rising": "rising hashtags",
}
_MEANINGS: dict[Window, str] = {
    "day": "The hashtags that most posts use.",
    "hour": "The hashtags that most posts use.",
    "rising": "The hashtags that more people use in an hour than was to be expected.",
}

Absolute = Callable[[str], str]
"""Makes a whole address of a path of this site."""


@feed_operation("/feeds/{languages}/{window}.rss", RSS, "/feeds/en/day.rss")
async def feed(request: HttpRequest, asked: Path[FeedPath]) -> HttpResponseBase:
    """A ranking as a feed.

    RSS 2.0 of the first ten; `all` stands for all languages. A hashtag is an item once a day, of now once an hour.
    """
    refuse_others(request)
    ranking = await find_top(TopParameters(languages=asked.languages, window=asked.window))
    since = await _since(ranking)
    body = await sync_to_async(rss)(ranking, since, request.build_absolute_uri)
    return kept(request, HttpResponse(body, content_type=f"{RSS}; charset=utf-8"), digest_of(body))


def rss(ranking: Ranking, since: datetime, absolute: Absolute) -> bytes:
    """Return a ranking as RSS 2.0, its items dated ``since``: they stay the same as long as the hashtags do."""
    codes = ",".join(ranking.languages)
    spoken = ", ".join(english_name(code) for code in ranking.languages)
    feed = Rss201rev2Feed(
        title=f"Trendsite: {_TITLES[ranking.window]}, {spoken}",
        link=absolute(f"/?languages={codes}&window={ranking.window}"),
        description=f"{_MEANINGS[ranking.window]} Only counts are kept: no texts, no names.",
        feed_url=absolute(feed_address(tuple(ranking.languages), ranking.window)),
        ttl=5,
    )
    for place in ranking.top:
        feed.add_item(
            title=_in_xml(f"#{place.hashtag}"),
            link=absolute(f"{hashtag_address(place.key)}?day={ranking.day.isoformat()}"),
            description=_description(place, ranking, spoken),
            unique_id=_in_xml(f"{ranking.window}:{codes}:{since:%Y-%m-%dT%H}:{place.key}"),
            unique_id_is_permalink=False,
            pubdate=since,
        )
    return feed.writeString("utf-8").encode()


def feed_address(languages: tuple[str, ...], window: str) -> str:
    """Return where the feed of a choice is."""
    codes = EVERYTHING_IN_PATHS if languages == EVERYTHING.languages else ",".join(languages)
    return f"/feeds/{codes}/{window}.rss"


async def _since(ranking: Ranking) -> datetime:
    """Return when what the ranking tells began to be news: with the day, and of now with the hour of the stream."""
    if ranking.window != "day":
        try:
            async with open_redis(timeout=1.0) as redis:
                clock = (await read_pipeline(redis)).clock
        except REDIS_IS_AWAY:
            clock = None
        if clock:
            return clock.replace(minute=0, second=0, microsecond=0)
    return datetime.combine(ranking.day, time.min, UTC)


def _description(place: RankedHashtag, ranking: Ranking, spoken: str) -> str:
    if place.why:
        why = place.why
        return (
            f"Place {place.rank} with {why.observed:,} {why.unit} in the hour before {why.peak_at:%H:%M on %-d %B %Y} "
            f"(UTC), where {why.expected:,.1f} were expected. {english_name(why.language)}."
        )
    posts = "1 post" if place.posts == 1 else f"{place.posts:,} posts"
    return f"Place {place.rank} with {posts} on {ranking.day:%-d %B %Y} (UTC). {spoken}."


def _in_xml(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
