"""GET /api/v1/range and /api/v1/counts: leaders of a range, and files with the counts of its days."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client

from tests.trendsite.stage import Stage
from trendsite.api import download_limits
from trendsite.api.api_errors import ApiError
from trendsite.api.download_limits import MOST_AT_ONCE, MOST_OF_AN_ADDRESS, Download
from trendsite.archive.models import Day, DayCount, DayLanguage
from trendsite.archive.tasks.download import iterate_in_thread

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)


def add_day(source: str, day: date, counts: dict[str, int], *languages: str) -> None:
    row = Day.objects.create(source=source, date=day, archived_at=datetime(2026, 11, 22, tzinfo=UTC))
    for language in languages or ("*",):
        DayLanguage.objects.create(day=row, language=language, posts=sum(counts.values()), hashtags=2, hours=[1] * 24)
        DayCount.objects.bulk_create(
            DayCount(
                day=row,
                language=language,
                rank=rank,
                key=key.casefold(),
                hashtag=key,
                posts=posts,
                authors=None,
                hours=[posts, *[0] * 23],
            )
            for rank, (key, posts) in enumerate(counts.items(), start=1)
        )


async def body_of(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == 200
    return b"".join([part async for part in answer.streaming_content])


@pytest.mark.usefixtures("_two_networks")
async def test_a_parquet_has_the_counts_of_each_network(async_client: AsyncClient) -> None:
    answer = await async_client.get("/api/v1/counts?from=2026-11-19&to=2026-11-20&format=parquet")
    assert answer["Content-Type"] == "application/vnd.apache.parquet"
    name = 'attachment; filename="trendsite-2026-11-19-to-2026-11-20-all-bluesky-mastodon.parquet"'
    assert answer["Content-Disposition"] == name
    table = pq.read_table(io.BytesIO(await body_of(answer)))
    columns = ("day", "source", "language", "rank", "hashtag", "posts")
    assert list(zip(*(table[column].to_pylist() for column in columns), strict=True)) == [
        (date(2026, 11, 19), "bluesky", "*", 1, "Cats", 4),
        (DAY, "bluesky", "*", 1, "Cats", 9),
        (DAY, "bluesky", "*", 2, "Dogs", 8),
        (DAY, "mastodon", "*", 1, "Owls", 7),
    ]
    assert table["hours"].to_pylist()[0] == [4, *[0] * 23]


@pytest.fixture
def _two_networks() -> None:
    add_day("bluesky", DAY, {"Cats": 9, "Dogs": 8})
    add_day("mastodon", DAY, {"Owls": 7})
    add_day("bluesky", DAY - timedelta(days=1), {"Cats": 4})


async def test_a_csv_has_a_column_for_each_hour_and_no_formula(async_client: AsyncClient) -> None:
    await sync_to_async(add_day)("simulator", DAY, {"=1+1": 9, "Cats, dogs": 8}, "en")
    answer = await async_client.get("/api/v1/counts?from=2026-11-20&to=2026-11-20&languages=en")
    assert answer["Content-Disposition"] == 'attachment; filename="trendsite-2026-11-20-en-simulator.csv"'
    rows = list(csv.DictReader(io.StringIO((await body_of(answer)).decode())))
    assert [(row["hashtag"], row["posts"], row["authors"], row["h00"], row["h23"]) for row in rows] == [
        ("'=1+1", "9", "", "9", "0"),
        ("Cats, dogs", "8", "", "8", "0"),
    ]


async def test_hidden_hashtags_are_in_no_file(async_client: AsyncClient, hide: Callable[..., None]) -> None:
    await sync_to_async(add_day)("simulator", DAY, {"Cats": 9, "Dogs": 8}, "*", "en")
    hide("cats", language="en")
    answer = await async_client.get("/api/v1/counts?from=2026-11-20&to=2026-11-20&languages=en&format=excel")
    body = await body_of(answer)
    assert body.startswith(b"\xef\xbb\xbf")
    assert [(row["key"], row["rank"]) for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))] == [
        ("dogs", "1")
    ]
    everything = await async_client.get("/api/v1/counts?from=2026-11-20&to=2026-11-20")
    assert b"Cats" in await body_of(everything)


async def test_a_file_of_too_many_lists_is_refused_before_it_begins(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync_to_async(add_day)("simulator", DAY, {"Cats": 9})
    monkeypatch.setattr("trendsite.api.range_routes.MOST_LISTS", 1)
    answer = await async_client.get("/api/v1/counts?from=2026-11-20&to=2026-11-20&languages=en,es")
    assert answer.status_code == 400
    assert "at most 1 can be downloaded at once" in answer.json()["error"]


async def test_a_head_request_takes_no_place(async_client: AsyncClient) -> None:
    await sync_to_async(add_day)("simulator", DAY, {"Cats": 9})
    answer = await async_client.head("/api/v1/counts?from=2026-11-20&to=2026-11-20")
    assert answer["Content-Disposition"].endswith('.csv"')
    assert not download_limits._running


async def chunks(*texts: bytes) -> AsyncIterator[bytes]:
    for text in texts:
        yield text


async def test_an_address_has_two_downloads_and_all_together_eight() -> None:
    taken = [Download("a", chunks()) for _ in range(MOST_OF_AN_ADDRESS)]
    with pytest.raises(ApiError, match="2 downloads at a time"):
        Download("a", chunks())
    taken += [Download(f"b{number}", chunks()) for number in range(MOST_AT_ONCE - len(taken))]
    with pytest.raises(ApiError, match="too many downloads"):
        Download("c", chunks())
    for download in taken:
        download.close()
        download.close()
    assert not download_limits._running


async def test_a_place_is_free_once_a_download_has_ended_or_failed() -> None:
    assert [chunk async for chunk in Download("a", chunks(b"1", b"2"))] == [b"1", b"2"]

    def failing() -> Iterator[bytes]:
        yield b"1"
        raise OSError("the database is away")

    with pytest.raises(OSError, match="away"):
        [chunk async for chunk in Download("a", iterate_in_thread(failing()))]
    assert not download_limits._running


async def test_a_download_that_waits_for_its_client_keeps_no_database_connection() -> None:
    used: list[BaseDatabaseWrapper] = []

    def querying() -> Iterator[bytes]:
        for _ in range(2):
            Day.objects.exists()
            used.append(connections[DEFAULT_DB_ALIAS])
            assert used[-1].connection is not None
            yield b"x"

    wrapper = type(connections[DEFAULT_DB_ALIAS])
    with patch.object(wrapper, "close", autospec=True, side_effect=wrapper.close) as close:
        async for _ in iterate_in_thread(querying()):
            assert [one.args[0] for one in close.call_args_list] == used
    assert len(used) == 2


def test_a_range_without_redis_is_that_of_the_archive(client: Client) -> None:
    add_day("simulator", DAY, {"Cats": 9, "Dogs": 8})
    add_day("simulator", DAY + timedelta(days=1), {"Dogs": 3})
    answer = client.get("/api/v1/range?from=2026-11-20&to=2026-11-21").json()
    assert [(one["key"], one["posts"], one["days_first"], one["days_in_top"]) for one in answer["leaders"]] == [
        ("dogs", 11, 1, 2),
        ("cats", 9, 1, 1),
    ]
    assert answer["newcomers"] is None
    assert client.get("/api/v1/range?from=2026-11-01&to=2026-11-02").status_code == 503


def test_a_range_of_an_unknown_source_names_the_known_ones(client: Client, stage: Stage) -> None:
    add_day("simulator", DAY, {"Cats": 9})
    stage.show()
    answer = client.get("/api/v1/range?from=2026-11-20&to=2026-11-21&source=nobody")
    assert (answer.status_code, "known are: simulator" in answer.json()["error"]) == (404, True)
