"""The OpenAPI document is true: a running site answers generated requests as the document says."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.trendsite.site import Site
from tests.trendsite.stage import NOW, Stage
from trendsite.api.documentation import openapi_document

EXAMPLES = 20
_MAY_BE_EMPTY = ("day", "before", "until", "hours", "source", "networks", "languages")
PHASES = (Phase.explicit, Phase.generate)

ARCHIVE = """
from datetime import UTC, date, datetime
from trendsite.archive.models import Day, DayCount, DayLanguage
day = Day.objects.create(
    source="simulator", date=date(2026, 11, 20), archived_at=datetime(2026, 11, 21, 1, tzinfo=UTC), minutes=[1] * 1_440
)
for language in ("*", "en"):
    DayLanguage.objects.create(day=day, language=language, posts=24, hashtags=1, hours=[1] * 24)
    DayCount.objects.create(
        day=day, language=language, rank=1, key="cats", hashtag="Cats", posts=24, authors=3, hours=[1] * 24
    )
"""


def with_few_languages(document: Any) -> Any:
    """Return the document with three languages: every value is tried, and 190 codes would show no more."""
    if isinstance(document, dict):
        return {
            name: [*part[:1], "en", "es"] if name == "enum" and len(part) > 100 else with_few_languages(part)
            for name, part in document.items()
        }
    return [with_few_languages(part) for part in document] if isinstance(document, list) else document


schema = schemathesis.openapi.from_dict(with_few_languages(openapi_document()))


@pytest.fixture(scope="module")
def busy_site(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site with an open day and an archived one."""
    site = Site(tmp_path_factory.mktemp("site"), redis_url, API_REQUESTS_PER_MINUTE="1000000")
    site.run(ARCHIVE)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        stage = Stage(client)
        stage.count("*", {"cats": 3, "=1+1": 2, "<b>": 1}, posts=50)
        stage.count("en", {"cats": 2}, posts=20)
        for ago in range(1, 8):
            stage.count_hour(NOW - timedelta(hours=ago), "en", {"cats": 60}, posts=1_000)
        stage.count_hour(NOW, "en", {"cats": 60, "Storm": 900}, posts=1_000)
        stage.show_quiet()
    site.start()
    yield site
    site.stop()


@schema.parametrize()
@seed(2026)
@settings(max_examples=EXAMPLES, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
def test_every_operation_answers_as_its_schema_says(case: schemathesis.Case, busy_site: Site) -> None:
    excluded = []
    if {"day", "source"} & case.query.keys() and case.query.get("window", "day") != "day":
        # Each is valid alone. A schema cannot say that they exclude each other.
        excluded.append(positive_data_acceptance)
    if {"from", "to"} <= case.query.keys():
        # Nor that one date must not be before the other one, or years after it.
        excluded.append(positive_data_acceptance)
    if any(case.query.get(name) in ("", [""]) for name in _MAY_BE_EMPTY):
        # An empty field of a form is not refused, and no schema says so.
        excluded.append(negative_data_rejection)
    case.call_and_validate(base_url=busy_site.address, timeout=60, excluded_checks=excluded)


@pytest.mark.django_db
def test_the_page_says_how_to_open_the_websocket(client):
    page = client.get("/api/").content.decode()
    assert "ws://testserver/ws/board/?languages=en" in page
    assert "Origin: http://testserver" in page
