"""The API on the wire: its OpenAPI document and its answers, byte for byte as ``tests/golden`` has them.

After an intended change, run this file with UPDATE_GOLDEN=1 and read the difference.
"""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.trendsite.stage import NOW
from trendsite.archive.models import DayPartners
from trendsite.languages.models import Language

pytestmark = pytest.mark.django_db(transaction=True)

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
HEADERS = ("Content-Type", "Cache-Control", "ETag", "Vary", "Allow", "Content-Disposition", "RateLimit", "Retry-After")
DAY = "2026-11-20"

# The time of the test itself has microseconds; no time of the staged data has.
OWN_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")

ADDRESSES = [
    "/api/v1/top",
    "/api/v1/top?languages=en,es&limit=1",
    "/api/v1/top?languages=es&languages=en&by=authors",
    "/api/v1/top?day=&source=&languages=",
    f"/api/v1/top?day={DAY}",
    f"/api/v1/top?day={DAY}&languages=en&by=authors&format=json",
    f"/api/v1/top?day={DAY}&format=csv",
    f"/api/v1/top?day={DAY}&format=excel",
    "/api/v1/top?window=hour&languages=en",
    "/api/v1/top?window=rising&languages=en",
    "/api/v1/top?window=rising&languages=en&format=csv",
    "/api/v1/days/",
    "/api/v1/days/?limit=1&before=2026-11-22&source=simulator",
    "/api/v1/days/?format=csv",
    "/api/v1/days/2026-11-22",
    f"/api/v1/days/{DAY}",
    f"/api/v1/days/{DAY}?format=csv",
    f"/api/v1/days/{DAY}/race?languages=en",
    f"/api/v1/days/{DAY}/race?format=csv",
    f"/api/v1/range?from={DAY}&to=2026-11-22",
    f"/api/v1/range?from={DAY}&to={DAY}&languages=en&limit=1&format=csv",
    f"/api/v1/counts?from={DAY}&to={DAY}",
    "/api/v1/counts?from=2026-11-01&to=2026-11-30&languages=en,es&format=excel",
    "/api/v1/hashtags/cats?languages=en",
    f"/api/v1/hashtags/CATS?day={DAY}&languages=en,es",
    f"/api/v1/hashtags/cats?day={DAY}&format=csv",
    "/api/v1/hashtags/?q=ca",
    "/api/v1/hashtags/",
    "/api/v1/hashtags/?q=ca&format=csv",
    "/api/v1/series?hashtag=%23Cats",
    "/api/v1/series?hashtag=cats&languages=en&limit=1&format=csv",
    "/api/v1/together?hashtag=%23Cats",
    f"/api/v1/together?hashtag=cats&day={DAY}&limit=1&format=csv",
    "/api/v1/compare?hashtags=cats,%23Storm,gone&days=3",
    "/api/v1/compare?hashtags=cats&hashtags=storm&hours=6&languages=en&format=csv",
    "/api/v1/languages",
    "/api/v1/languages?format=csv",
    "/api/v1/status",
    "/feeds/en/day.rss",
    "/feeds/all/hour.rss",
    "/feeds/en/rising.rss",
    # Errors.
    "/api/v1/nothing",
    "/feeds/all",
    "/api/v1/top/",
    "/api/v1/days",
    "/api/v1/top?day=yesterday",
    "/api/v1/top?day=1999-01-01",
    "/api/v1/top?source=nobody",
    "/api/v1/top?source=.",
    "/api/v1/top?languages=xx",
    "/api/v1/top?languages=en,xx&limit=0",
    "/api/v1/top?window=week&by=nothing",
    "/api/v1/top?by=nothing",
    "/api/v1/top?limit=0",
    "/api/v1/top?limit=1001",
    "/api/v1/top?limit=ten&format=xml",
    "/api/v1/top?limit=5&limit=6",
    "/api/v1/top?limit=",
    "/api/v1/top?format=",
    "/api/v1/top?format=xml",
    "/api/v1/top?<script>=1&day=yesterday",
    f"/api/v1/top?day={DAY}&window=hour",
    "/api/v1/days/?limit=367",
    "/api/v1/days/?before=now",
    "/api/v1/days/?day=2026-11-22",
    "/api/v1/days/today",
    "/api/v1/days/today?x=1",
    "/api/v1/days/2026-11-19",
    "/api/v1/days/2026-11-19/race",
    f"/api/v1/days/{DAY}/race?languages=en,es",
    f"/api/v1/days/{DAY}/race?languages=",
    f"/api/v1/days/{DAY}/race?language=en",
    f"/api/v1/days/{DAY}/race?source=../x",
    f"/api/v1/range?from={DAY}",
    f"/api/v1/range?from={DAY}&to=2026-11-19",
    f"/api/v1/range?from={DAY}&to={DAY}&languages=en,es",
    "/api/v1/range?from=2020-01-01&to=2026-01-01&source=simulator",
    "/api/v1/range?from=1999-01-01&to=1999-01-01",
    f"/api/v1/counts?from={DAY}&to=today",
    f"/api/v1/counts?from={DAY}&to={DAY}&format=json",
    "/api/v1/counts?from=1999-01-01&to=1999-12-31",
    f"/api/v1/counts?from={DAY}&to={DAY}&source=nobody",
    "/api/v1/hashtags/nothing",
    "/api/v1/hashtags/%00",
    "/api/v1/hashtags/a/b?limit=1",
    "/api/v1/series",
    "/api/v1/series?hashtag=",
    f"/api/v1/series?hashtag={'x' * 201}",
    "/api/v1/series?hashtag=dogs",
    "/api/v1/series?hashtag=cats&hashtag=dogs",
    "/api/v1/series?languages=xx&limit=0",
    "/api/v1/series?key=cats",
    "/api/v1/together",
    "/api/v1/together?hashtag=nothing",
    "/api/v1/together?hashtag=cats&limit=21",
    "/api/v1/compare",
    "/api/v1/compare?hashtags=a,b,c,d,e,f&days=0",
    "/api/v1/compare?hashtags=cats&until=now",
    "/api/v1/languages?languages=en",
    "/api/v1/status?format=json",
    "/feeds/xx/day.rss",
    "/feeds/en/week.rss",
    "/feeds/xx/week.rss",
    "/feeds/en/day.rss?limit=1",
]


@pytest.fixture(autouse=True)
def _counted(stage, archived, settings, monkeypatch, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.API_REQUESTS_PER_MINUTE = 1
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 22, 12, 0, 20, tzinfo=UTC))
    Language.objects.all().delete()
    for code in ("en", "es"):
        Language.objects.create(code=code, tracked=code == "en")
    for ago in range(1, 8):
        stage.count_hour(NOW - timedelta(hours=ago), "en", {"cats": 60}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 60, "Storm": 90}, posts=1_000)
    stage.count("*", {"Cats": 480, "Storm": 90, "=1+1": 2, "<b>": 1}, posts=9_000)
    stage.count("en", {"Cats": 480, "Storm": 90}, posts=8_000)
    stage.count("es", {"Cats": 3, "gatos": 7}, posts=20)
    stage.pair("cats", ("storm", 40, 42), ("=1+1", 1, 1), beyond=1)
    DayPartners.objects.create(day=archived, key="cats", partners=[1, [["<b>", "<B>", 3, 3], ["a", "A", 2, 2]]])
    stage.show(NOW + timedelta(minutes=59))


async def answer_of(client, method, address, **headers):
    """Return what a client receives, in the form of a line of the golden file."""
    answer = await getattr(client, method)(address, headers=headers)
    parts = [part async for part in answer.streaming_content] if answer.streaming else [answer.content]
    return {
        method: address,
        "status": answer.status_code,
        **{name: answer[name] for name in HEADERS if name in answer},
        "body": OWN_TIME.sub("<time>", b"".join(parts).decode()),
    }


def compare(name, text):
    golden = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text)
    assert text.splitlines() == golden.read_text().splitlines()


async def test_the_openapi_document_is_the_golden_one(async_client):
    answer = await async_client.get("/api/v1/openapi.json")
    assert answer["Content-Type"] == "application/json"
    document = json.loads(answer.content)
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    compare("openapi.json", json.dumps(document, ensure_ascii=False, indent=1) + "\n")


async def test_every_operation_answers_byte_for_byte_as_the_golden_file_has_it(async_client, settings, stage):
    def forget_requests():
        for name in stage.client.scan_iter("trendsite:api:*"):
            stage.client.delete(name)

    answers = []
    for address in ADDRESSES:
        forget_requests()
        answers.append(await answer_of(async_client, "get", address))
    for method, address in (
        ("post", "/api/v1/top"),
        ("options", "/feeds/all/day.rss"),
        ("head", "/api/v1/languages"),
        ("head", f"/api/v1/counts?from={DAY}&to={DAY}&format=parquet"),
    ):
        forget_requests()
        answers.append(await answer_of(async_client, method, address))
    forget_requests()
    accepted = await answer_of(async_client, "get", f"/api/v1/top?day={DAY}", accept="text/csv")
    answers += [accepted, await answer_of(async_client, "get", "/api/v1/top")]
    forget_requests()
    answers.append(
        await answer_of(async_client, "get", f"/api/v1/top?day={DAY}", **{"if-none-match": accepted["ETag"]})
    )
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    for address in ("/api/v1/top", "/api/v1/days/2026-11-22", "/api/v1/hashtags/dogs", "/api/v1/languages"):
        answers.append(await answer_of(async_client, "get", address))
    compare("api_answers.ndjson", "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers))
