"""The middleware of API and feeds: a rate limit for each address, and access by pages of other sites."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from trendsite.api import rate_limit
from trendsite.queries import health
from trendsite.queries.health import Requests

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "https://pages.example"


@pytest.fixture(autouse=True)
def requests(monkeypatch, settings) -> Requests:
    """Three requests a minute, 20 seconds into a minute, none counted yet."""
    settings.API_REQUESTS_PER_MINUTE = 3
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 22, 12, 0, 20, tzinfo=UTC))
    counted = Requests()
    monkeypatch.setattr(rate_limit, "process_requests", counted)
    monkeypatch.setattr(health, "process_requests", counted)
    return counted


def test_each_answer_has_the_quota_left_and_one_too_many_is_refused_until_the_minute_ends(client, stage, monkeypatch):
    stage.count("*", {"cats": 1})
    stage.show()
    answers = [client.get("/api/v1/top") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit"] for answer in answers] == [f'"minute";r={left};t=40' for left in (2, 1, 0, 0)]
    assert answers[0]["RateLimit-Policy"] == '"minute";q=3;w=60'
    refused = answers[3]
    assert refused.json() == {"error": "3 requests a minute are allowed to an address: wait 40 seconds"}
    assert (refused["Retry-After"], refused["Cache-Control"]) == ("40", "no-store")
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 22, 12, 1, tzinfo=UTC))
    assert client.get("/api/v1/top").status_code == 200


def test_feeds_and_errors_count_and_the_health_check_does_not(client, stage, requests):
    stage.count("*", {"cats": 1})
    stage.show()
    for address in ("/feeds/all/day.rss", "/api/v1/nothing", "/api/v1/top?limit=0"):
        assert "RateLimit" in client.get(address)
    assert client.get("/api/v1/top").status_code == 429
    for _ in range(5):
        health = client.get("/healthz")
    assert "RateLimit" not in health
    assert health.json()["requests"] == {"taken": 3, "refused": 1, "uncounted": 0}
    assert client.get("/search/").status_code == 200


def test_each_address_has_its_own_quota(client, stage):
    for _ in range(4):
        one = client.get("/api/v1/nothing", REMOTE_ADDR="192.0.2.1")
    other = client.get("/api/v1/nothing", REMOTE_ADDR="192.0.2.2")
    assert (one.status_code, other.status_code) == (429, 404)


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_names(client, stage, settings):
    settings.SITE_IS_HTTPS = True
    addresses = ["10.0.0.1, 198.51.100.7"] * 4 + ["198.51.100.7, 198.51.100.8"]
    answers = [client.get("/api/v1/nothing", headers={"x-forwarded-for": address}) for address in addresses]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 404]


def test_a_made_up_header_gives_no_quota_without_a_proxy(client, stage):
    answers = [client.get("/api/v1/nothing", headers={"x-forwarded-for": f"198.51.100.{n}"}) for n in range(4)]
    assert answers[3].status_code == 429


def test_redis_stores_no_address_and_forgets_the_count(client, stage):
    client.get("/api/v1/nothing", REMOTE_ADDR="192.0.2.1")
    (name,) = stage.client.keys("trendsite:api:*")
    assert "192.0.2.1" not in name
    assert 60 < stage.client.ttl(name) <= 120


def test_without_redis_every_request_passes_and_is_counted_as_uncounted(client, requests):
    answers = [client.get("/api/v1/nothing") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {404}
    assert "RateLimit" not in answers[0]
    assert requests == Requests(uncounted=5)


def test_a_page_of_another_site_may_not_read_answers_unless_allowed(client, stage):
    answer = client.get("/api/v1/languages", headers={"origin": PAGE})
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize("address", ["/api/v1/languages", "/feeds/all/day.rss", "/api/v1/nothing"])
def test_an_allowed_page_may_read_answers_and_errors(client, stage, settings, address):
    settings.CORS_ALLOWED_ORIGINS = [PAGE]
    answer = client.get(address, headers={"origin": PAGE})
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert "RateLimit" in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert "origin" in answer["Vary"]
    other = client.get(address, headers={"origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in other


def test_with_all_origins_allowed_every_page_may_read_answers_but_nothing_else_of_the_site(client, stage, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert client.get("/api/v1/languages", headers={"origin": PAGE})["Access-Control-Allow-Origin"] == "*"
    for address in ("/healthz", "/", "/login/"):
        assert "Access-Control-Allow-Origin" not in client.get(address, headers={"origin": PAGE})


def test_a_preflight_request_receives_the_allowed_methods_and_headers(client, stage, settings):
    settings.CORS_ALLOWED_ORIGINS = [PAGE]
    headers = {
        "origin": PAGE,
        "access-control-request-method": "GET",
        "access-control-request-headers": "if-none-match",
    }
    answer = client.options("/api/v1/top", headers=headers)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "if-none-match" in answer["Access-Control-Allow-Headers"]
