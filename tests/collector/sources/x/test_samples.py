"""Every recorded line of X: the post that it is, or why it is none."""

import json
from collections import Counter
from io import BytesIO

import pytest
import requests
from urllib3 import HTTPResponse

from collector.sources.x.client import RuleChanges, XClient, line_lists
from collector.sources.x.failures import XError
from collector.sources.x.plain import to_plain_post
from collector.sources.x.post import Originals, to_line, to_post
from tests.collector.made_up import HASH_AUTHOR

A_POST_WITHOUT_A_TIME = "a post without created_at, which our request asks for: malformed"
AN_ANSWER = "an answer about rules"
DUPLICATE = "an answer that refuses a second rule of the same value"
ENDS = "the stream ends"
REFUSED = "the connection is refused"
KEEP_ALIVE = "nothing"
HEADERS = "names of headers, not a line"

SAMPLES = [
    ("stream_line", ("2023-02-01T19:00:31", "und", 0)),
    ("stream_line", ("2023-02-01T18:57:14", "und", 0)),
    ("stream_line", A_POST_WITHOUT_A_TIME),
    ("stream_line", A_POST_WITHOUT_A_TIME),
    ("stream_line", ("2022-06-10T10:46:42", "und", 0)),
    ("stream_line", ("2020-08-12T07:20:17", "und", 0)),
    ("rules_add_response", AN_ANSWER),
    ("rules_add_duplicate", DUPLICATE),
    ("http_429", REFUSED),
    ("in_stream_error", ENDS),
    ("keep_alive", KEEP_ALIVE),
    ("rules_list_response", AN_ANSWER),
    ("rate_headers", HEADERS),
    ("post_object", ("2021-12-30T07:09:10", "en", 2)),
    ("post_object", ("2021-12-30T07:17:39", "en", 1)),
    ("post_object", ("2021-12-30T07:26:28", "en", 2)),
    ("post_object", ("2017-10-18T19:01:00", "en", 1)),
    ("post_object", ("2017-10-20T20:30:46", "en", 1)),
    ("post_object", ("2017-10-21T17:22:48", "en", 2)),
]
"""The kind of each line, and of a post its time, language and number of hashtags."""


def answering(monkeypatch, raw: bytes, status: int = 200) -> XClient:
    response = requests.Response()
    response.status_code = status
    response.raw = HTTPResponse(BytesIO(raw), preload_content=False)
    client = XClient("token", "http://127.0.0.1:1")
    monkeypatch.setattr(client.session, "request", lambda *_, **__: response)
    return client


def outcome(raw: bytes, monkeypatch) -> object:
    line, dropped = to_line(raw), Counter()
    if line is None:
        ((chunk,),) = line_lists([raw.replace(b"\r\n", b"\n")]) if raw.endswith(b"\n") else [[raw]]
        return HEADERS if chunk.strip() else KEEP_ALIVE
    if line.is_post:
        post = to_post(line.data, Originals(line.includes), HASH_AUTHOR, dropped)
        assert to_plain_post(raw, HASH_AUTHOR, Counter()) in (None, post)
        assert dropped == ({} if post else {"malformed": 1})
        return post or A_POST_WITHOUT_A_TIME
    if b'"connection_issue"' in raw:
        with pytest.raises(XError, match="X answered 429: This stream is currently at the maximum"):
            answering(monkeypatch, raw, 429).stream("filtered")
        return REFUSED
    if line.reason_to_end:
        return ENDS
    if b'"summary"' in raw and line.notice:
        problems = answering(monkeypatch, raw).change_rules(RuleChanges([], ["1"]))
        assert [problem.split(":")[0] for problem in problems] == ["DuplicateRule"]
        return DUPLICATE
    ((rule_id, rule),) = answering(monkeypatch, raw).rules()
    assert rule_id.isdigit()
    assert rule.value
    return AN_ANSWER


def test_every_recorded_line_is_the_post_that_it_is_or_none_for_a_reason(shared_data, monkeypatch):
    lines = [json.loads(line) for line in (shared_data / "samples" / "x.ndjson").read_bytes().splitlines()]
    assert [line["kind"] for line in lines] == [kind for kind, _ in SAMPLES]
    for line, (_, expected) in zip(lines, SAMPLES, strict=True):
        found = outcome(line["raw"].encode(), monkeypatch)
        if isinstance(expected, str):
            assert found == expected
            continue
        data = json.loads(line["raw"])["data"]
        written = [hashtag["tag"] for hashtag in data.get("entities", {}).get("hashtags") or []]
        assert (found.id, found.spellings) == (f"x:{data['id']}", written)
        assert found.author == HASH_AUTHOR(data["author_id"], found.created_at)
        assert (found.created_at.strftime("%Y-%m-%dT%H:%M:%S"), found.lang, len(found.hashtags)) == expected
