"""Every answer of the API as HTTP: caching, JSON or CSV, GET and HEAD, and errors."""

import csv
import io
import json

import pytest

from trendsite.languages.models import Language

pytestmark = pytest.mark.django_db(transaction=True)

FINAL = [
    "/api/v1/top?day=2026-11-20",
    "/api/v1/days/2026-11-20",
    "/api/v1/days/2026-11-20/race",
    "/api/v1/hashtags/cats?day=2026-11-20",
    "/api/v1/openapi.json",
]
LIVE = ["/api/v1/top", "/api/v1/days/", "/api/v1/hashtags/dogs", "/api/v1/hashtags/?q=d", "/api/v1/languages"]
TABLES = [*FINAL[:-1], *LIVE, "/api/v1/series?hashtag=cats"]


@pytest.fixture(autouse=True)
def _counted(stage, archived, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    Language.objects.get_or_create(code="en")
    stage.count("*", {"Dogs": 3, "=1+1": 2}, posts=9)
    stage.show_quiet()


async def rows(client, address, **headers):
    """Return the rows of a streamed table."""
    answer = await client.get(address, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    text = b"".join([part async for part in answer.streaming_content]).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("address", FINAL)
def test_a_client_with_a_final_answer_asks_again_and_receives_304_without_the_body(client, address):
    answer = client.get(address)
    # Not "immutable": a hashtag that an editor hides must disappear within a second.
    assert answer["Cache-Control"] == "public, no-cache"
    again = client.get(address, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])


@pytest.mark.parametrize("address", FINAL[:3])
def test_a_changed_answer_is_sent_whole(client, archived, address):
    before = client.get(address)
    archived.counts.filter(key="cats").delete()
    archived.languages.filter(language="*").delete()
    archived.minutes = None
    archived.save()
    after = client.get(address, headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


@pytest.mark.parametrize("address", LIVE)
def test_an_answer_that_changes_with_each_post_is_not_stored(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert "ETag" not in answer


@pytest.mark.parametrize("address", [*FINAL, *LIVE, "/api/v1/status", "/feeds/all/day.rss", "/api/"])
def test_head_is_answered_like_get_without_the_body(client, address):
    got, head = client.get(address), client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert (head["Content-Type"], head["Cache-Control"]) == (got["Content-Type"], got["Cache-Control"])


@pytest.mark.parametrize("address", TABLES)
async def test_every_list_is_available_as_a_table(async_client, address):
    more = "&" if "?" in address else "?"
    header, first, *rest = await rows(async_client, f"{address}{more}format=csv")
    assert len(set(header)) == len(header) > 1
    assert {len(row) for row in (first, *rest)} == {len(header)}


async def test_csv_and_json_have_the_same_values(async_client):
    answer = json.loads((await async_client.get("/api/v1/top?day=2026-11-20")).content)["top"]
    header, *places = await rows(async_client, "/api/v1/top?day=2026-11-20", accept="text/csv")
    assert [dict(zip(header, place, strict=True))["key"] for place in places] == [
        "cats",
        '\'=hyperlink("http://x")',
        "<script>alert(1)</script>",
    ]
    assert [place["posts"] for place in answer] == [36, 5, 4]


async def test_no_cell_runs_as_a_formula(async_client):
    cells = [cell for row in await rows(async_client, "/api/v1/top?format=csv") for cell in row]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_a_long_table_comes_in_parts(async_client, stage):
    stage.count("*", {f"tag{number:04}": 1 for number in range(1_000)})
    answer = await async_client.get("/api/v1/top?limit=1000&format=csv")
    parts = [part async for part in answer.streaming_content]
    assert len(parts) == 3  # the header, and 500 rows each
    assert b"".join(parts).count(b"\r\n") == 1_001


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("image/png", "application/json"),
    ],
)
def test_the_accept_header_chooses_the_format(client, accept, kind):
    answer = client.head("/api/v1/days/", headers={"accept": accept})
    assert answer["Content-Type"] == kind
    assert "Accept" in answer["Vary"].split(", ")


def test_a_table_and_json_have_different_etags(client):
    as_json = client.get("/api/v1/top?day=2026-11-20")
    as_csv = client.head("/api/v1/top?day=2026-11-20", headers={"accept": "text/csv"})
    assert as_json["ETag"] != as_csv["ETag"]


@pytest.mark.parametrize(
    ("method", "address", "status", "words"),
    [
        ("get", "/api/v1/nothing", 404, "not found: /api/ lists every address"),
        ("get", "/api/v1/<script>alert(1)</script>", 404, "not found: /api/ lists every address"),
        ("get", "/feeds/all", 404, "not found: /api/ lists every address"),
        ("post", "/api/v1/top", 405, "read only"),
        ("delete", "/feeds/all/day.rss", 405, "read only"),
        ("options", "/api/v1/openapi.json", 405, "read only"),
        ("get", "/api/v1/top?format=xml", 400, "format: give json, csv or excel"),
        ("get", "/api/v1/status?day=2026-11-20", 400, "'day' is no parameter: there are none here"),
        ("get", "/feeds/xx/day.rss", 400, "languages: give codes"),
        ("get", "/feeds/en/week.rss", 400, "window: give day"),
        ("get", "/api/v1/top?<script>=1", 400, "'<script>' is no parameter"),
    ],
)
def test_every_error_has_one_shape(client, method, address, status, words):
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert answer["Cache-Control"] == "no-store"
    assert list(answer.json()) == ["error"]
    assert words in answer.json()["error"]
    assert answer.get("Allow") == ("GET, HEAD" if status == 405 else None)


def test_an_error_of_the_site_shows_no_traceback(client, monkeypatch):
    async def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("trendsite.api.ranking_routes.find_top", fail)
    client.raise_request_exception = False
    answer = client.get("/api/v1/top")
    assert (answer.status_code, answer.json()) == (500, {"error": "the site failed: its log says why"})


def test_other_pages_have_html_errors(client):
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")


async def test_only_a_table_for_excel_begins_with_a_byte_order_mark(async_client, stage):
    stage.count("*", {"日本": 3, "=1+1": 2})
    stage.show()
    plain = await async_client.get("/api/v1/top?format=csv")
    answer = await async_client.get("/api/v1/top?format=excel")
    body = b"".join([part async for part in answer])
    assert body == b"\xef\xbb\xbf" + b"".join([part async for part in plain])
    assert "日本" in body.decode("utf-8-sig")
    assert "'=1+1" in body.decode("utf-8-sig")
    assert answer["Content-Disposition"] == 'attachment; filename="top-simulator.csv"'
