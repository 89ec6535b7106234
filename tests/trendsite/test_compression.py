"""What is compressed on its way to a browser."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from trendsite.compression import CompressText

LONG = b"#hashtag " * 200


def answer(content_type: str, accepts: str = "gzip, br") -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    return CompressText(lambda _request: HttpResponse(LONG, content_type=content_type))(request)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "application/rss+xml", "text/csv"])
def test_text_is_compressed(kind):
    response = answer(kind)
    assert response["Content-Encoding"] == "gzip"
    assert int(response["Content-Length"]) == len(response.content) < len(LONG) / 5
    assert gzip.decompress(response.content) == LONG


def test_parquet_is_compressed_already():
    response = answer("application/vnd.apache.parquet")
    assert response.content == LONG
    assert "Content-Encoding" not in response


def test_a_client_that_does_not_ask_gets_plain_text():
    assert answer("text/html", accepts="identity").content == LONG


def test_a_download_passes_piece_by_piece():
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    pieces = CompressText(lambda _request: StreamingHttpResponse(iter([LONG, LONG]), content_type="text/csv"))(request)
    assert "Content-Encoding" not in pieces
    assert list(pieces.streaming_content) == [LONG, LONG]
