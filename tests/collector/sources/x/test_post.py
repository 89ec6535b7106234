"""X's lines -> posts."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from collector.sources.x.post import Originals, to_line, to_post
from tests.collector.made_up import HASH_AUTHOR
from tests.standins.x import stream_line

MOMENT = "2026-03-04T12:00:00.000Z"


def post_of(payload: bytes):
    line = to_line(payload)
    return to_post(line.data, Originals(line.includes), HASH_AUTHOR, Counter()) if line else None


def test_a_post_has_its_hashtags_and_no_text():
    post = post_of(stream_line(1860, MOMENT, lang="iw"))
    assert (post.id, post.lang, post.hashtags, post.spellings) == ("x:1860", "he", ["tea"], ["Tea"])
    assert post.created_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert post.author is None


def test_an_account_id_is_hashed():
    post = post_of(stream_line(1, MOMENT, author_id="2244994945"))
    assert post.author == HASH_AUTHOR("2244994945", post.created_at)


def test_without_entities_the_text_is_searched():
    assert post_of(stream_line(1, MOMENT, entities=None, text="my #Cup #123")).hashtags == ["cup"]


def test_the_networks_own_entities_are_trusted():
    assert post_of(stream_line(1, MOMENT, entities={"urls": []}, text="not a #hashtag")).hashtags == []


@pytest.mark.parametrize(
    "payload",
    [
        b"{broken",
        b"[]",
        b"\xff",
        b'{"data":{"id":"1","text":"no time"}}',
        stream_line(1, "2026-03-04 noon"),
        stream_line(10**130, MOMENT),
        b'{"data":{"id":"1","created_at":"2026-03-04T12:00:00Z","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        stream_line("", MOMENT),
        b'{"data":{"id":1.5e18,"created_at":"2026-03-04T12:00:00Z"}}',
    ],
)
def test_a_malformed_line_is_no_post(payload):
    assert post_of(payload) is None


def retweet(text: str, *included: dict, **data: object) -> bytes:
    line = json.loads(stream_line(9, MOMENT, text=text, referenced_tweets=[{"type": "retweeted", "id": "5"}], **data))
    return json.dumps(line | {"includes": {"tweets": list(included)}}).encode()


def tagged(*tags: str) -> dict:
    return {"hashtags": [{"start": 0, "end": 1, "tag": tag} for tag in tags]}


ORIGINAL = {"id": "5", "text": "the #Whole text", "entities": tagged("Whole")}


def test_a_retweet_has_the_hashtags_of_its_original():
    assert post_of(retweet("RT @a: the #Wh…", ORIGINAL, entities={})).hashtags == ["whole"]
    assert post_of(retweet("RT @a: the #Wh…", ORIGINAL, entities=tagged("Wh"))).hashtags == ["whole"]
    quoted = ORIGINAL | {"id": "4", "entities": tagged("Other")}
    assert post_of(retweet("RT @a: the …", quoted, ORIGINAL, entities={})).hashtags == ["whole"]
    assert post_of(retweet("RT @a: nothing", {"id": 5, "text": "#Found here"})).hashtags == ["found"]
    long = ORIGINAL | {"note_tweet": {"text": "#Whole and #More", "entities": tagged("Whole", "More")}}
    assert post_of(retweet("RT @a: the …", long)).hashtags == ["whole", "more"]


def test_an_original_that_a_tool_wrote_into_the_reference_is_found():
    reference = {"type": "retweeted"} | ORIGINAL
    assert post_of(stream_line(9, MOMENT, entities={}, referenced_tweets=[reference])).hashtags == ["whole"]


def test_a_retweet_without_its_original_has_the_complete_hashtags_of_its_own_text():
    text = "RT @a: #Tea and #Cof…"
    for cut in (text, f"{text}\u200b", f"{text} https://t.co/a\ufeff"):
        assert post_of(retweet(cut, entities=tagged("Tea", "Cof"))).hashtags == ["tea"]
    assert post_of(retweet(text, {"id": "6", "entities": tagged("Else")}, entities=None)).hashtags == ["tea"]
    assert post_of(retweet("RT @a: #Tea #Tea…", entities=tagged("Tea", "Tea"))).hashtags == ["tea"]
    assert post_of(retweet("RT @a: #Tea", {"id": "5", "text": 5, "entities": 7}, entities=tagged("Tea"))).hashtags == []


@pytest.mark.parametrize("piece", ["\u2026 http://a", "#a "])
def test_a_text_of_any_length_is_searched_once(piece: str):
    """With time that grows with the square of the length, this would take minutes."""
    text = "RT @a: #Tea " + piece * 80_000
    assert post_of(retweet(text, entities=None)).hashtags[0] == "tea"


def test_a_quote_has_its_own_hashtags_only():
    line = json.loads(stream_line(9, MOMENT, referenced_tweets=[{"type": "quoted", "id": "5"}]))
    post = post_of(json.dumps(line | {"includes": {"tweets": [ORIGINAL]}}).encode())
    assert post.hashtags == ["tea"]


def test_a_long_post_has_the_hashtags_of_all_its_text():
    note = {"text": "long #Tea … #Cup", "entities": tagged("Tea", "Cup")}
    assert post_of(stream_line(1, MOMENT, note_tweet=note)).hashtags == ["tea", "cup"]
    assert post_of(stream_line(1, MOMENT, note_tweet={"text": "long #Tea … #Cup"})).hashtags == ["tea", "cup"]
    cut = "x" * 272 + " #Cof…"
    assert post_of(stream_line(1, MOMENT, text=cut, entities=tagged("Cof"))).hashtags == []


def test_a_truncated_text_has_no_clipped_hashtag():
    for text in ("#Tea #Cof…", "#Tea #Cof… https://t.co/x1", "#Tea ＃Cof…  "):
        assert post_of(stream_line(1, MOMENT, entities=None, text=text)).hashtags == ["tea"]
    assert post_of(stream_line(1, MOMENT, entities=None, text="#Tea… I love it")).hashtags == ["tea"]
    assert post_of(stream_line(1, MOMENT, text="I love #Tea…")).hashtags == ["tea"]


def test_versions_of_an_edited_post_are_one_post():
    first = post_of(stream_line(100, MOMENT, edit_history_tweet_ids=["100"]))
    second = post_of(stream_line(101, MOMENT, edit_history_tweet_ids=["100", "101"]))
    assert (first.id, second.id) == ("x:100", "x:100")


@pytest.mark.parametrize("history", [None, {}, [], [None], [""], ["x" * 999], "100", [{}]])
def test_a_malformed_edit_history_leaves_the_posts_own_id(history):
    assert post_of(stream_line(101, MOMENT, edit_history_tweet_ids=history)).id == "x:101"


@pytest.mark.parametrize("hashtags", [None, {}, 7, [None], [5], [{"tag": None}], [{"text": "tea"}]])
def test_strange_entities_lose_only_themselves(hashtags):
    assert post_of(stream_line(1, MOMENT, entities={"hashtags": hashtags})).hashtags == []
    both = [*hashtags, {"tag": "Cup"}] if isinstance(hashtags, list) else [{"tag": "Cup"}]
    assert post_of(stream_line(1, MOMENT, entities={"hashtags": both})).hashtags == ["cup"]


def test_a_number_is_an_id():
    post = post_of(stream_line(1, MOMENT, id=1860, author_id=7, edit_history_tweet_ids=[1859, 1860]))
    assert (post.id, post.author) == ("x:1859", HASH_AUTHOR("7", post.created_at))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect","detail":"gone"}',
        b'{"errors":[{"title":"operational-disconnect","detail":"gone"}]}',
        b'{"errors":[{"title":"Not Found Error"},{"disconnect_type":"ForceDisconnect","detail":"gone"}]}',
        b'{"title":"ConnectionException","detail":"gone","connection_issue":"TooManyConnections"}',
        b'{"errors":{"type":"https://api.x.com/2/problems/operational-disconnect","detail":"gone"}}',
        b'{"data":null,"title":"Service Unavailable","detail":"gone"}',
    ],
)
def test_a_disconnect_ends_the_connection(payload):
    assert to_line(payload).reason_to_end == "gone"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"errors":[{"title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found"}]}',
        b'{"title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found"}',
        b'{"errors":[{"title":"Authorization Error","type":"https://api.x.com/2/problems/not-authorized-for-resource"}]}',
        b'{"errors":[{"detail":7}]}',
        b'{"errors":[null,"disconnect"]}',
        b'{"meta":{}}',
        b"{}",
        stream_line(1, MOMENT, text="disconnect")[:-3] + b',"errors":[{"title":"operational-disconnect"}]}',
    ],
)
def test_other_problems_do_not_end_it(payload):
    assert to_line(payload).reason_to_end == ""


def test_recorded_lines_are_understood(shared_data):
    samples = [json.loads(line) for line in (shared_data / "samples" / "x.ndjson").read_text().splitlines()]
    for sample in samples:
        if sample["kind"] not in ("stream_line", "post_object"):
            continue
        raw = json.loads(sample["raw"])
        data = raw["data"]
        post = post_of(sample["raw"].encode())
        assert (post is not None) == ("created_at" in data)
        if "hashtags" in data.get("entities", {}):
            assert post.spellings == list(
                {tag["tag"].casefold(): tag["tag"] for tag in data["entities"]["hashtags"]}.values()
            )
