"""What X's client makes of answers that are no HTTP, and what it writes to logs."""

import pytest

from collector.sources.x.client import Rule, RuleChanges, XClient, printable
from collector.sources.x.failures import XError
from tests.standins.raw import raw_server

STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        STREAM + b"-5\r\nhello\r\n",
        STREAM + b"zz\r\n",
        STREAM + b"1" * 70_000,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip",
        b"HTTP/1.1 301 Moved\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: gopher://a.example\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Slow down\r\nx-rate-limit-reset: \xb2\r\nContent-Length: 5\r\n\r\n[[[[[",
        b"\x00\xff\n\n",
    ],
)
def test_an_answer_that_is_no_http_is_a_failure_like_any_other(answer):
    with raw_server(answer) as url:
        client = XClient("token", url)
        for ask in (lambda: client.stream("sample"), client.rules):
            with pytest.raises(XError) as failure:
                ask()
            assert "\n" not in str(failure.value)


def answer_of(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize(
    "data", [b"5", b'{"id":"1"}', b"[5]", b'[{"id":1,"value":"a"}]', b'[{"id":"1","value":[]}]', b'[{"value":"a"}]']
)
def test_rules_of_another_shape_are_a_failure(data):
    with raw_server(answer_of(b'{"data":' + data + b"}")) as url, pytest.raises(XError, match="not of its shape"):
        XClient("token", url).rules()


@pytest.mark.parametrize("errors", [b"5", b'"no"', b"[5]", b'{"title":"no"}'])
def test_objections_of_another_shape_are_a_failure(errors):
    with raw_server(answer_of(b'{"errors":' + errors + b"}")) as url, pytest.raises(XError, match="not of its shape"):
        XClient("token", url).change_rules(RuleChanges([Rule("cats", "a")], []))


def test_an_error_of_x_is_printable_without_the_names_and_ids_it_quotes():
    error = "Could not find user with id: [2244994945], or @Somebody_9 of\nusers; 429 after 15 minutes"
    assert printable(error) == "Could not find user with id: [...], or ... of?users; 429 after 15 minutes"
