"""Hashtags as written -> keys; text -> hashtags."""

import json
from collections import Counter
from pathlib import Path

import pytest

from collector.sources.hashtags import extract, normalise


def test_spellings_of_one_key_are_one_hashtag_shown_as_first_written():
    assert normalise(["WorldCup", "worldcup", "ＷｏｒｌｄＣｕｐ", "#Tea"], Counter()) == (
        ["worldcup", "tea"],
        ["WorldCup", "Tea"],
    )


def test_accents_stay():
    assert normalise(["Café", "Cafe"], Counter())[0] == ["café", "cafe"]


@pytest.mark.parametrize(
    "written",
    ["", "#", "##", "a b", "a\nb", "a\x00b", "a\ud800b", "a\u00a0b", "x" * 101, "´"],
)
def test_unusable_hashtags_are_dropped(written):
    dropped: Counter[str] = Counter()
    assert normalise([written, "tea"], dropped) == (["tea"], ["tea"])
    assert dropped == {"unusable_hashtag": 1}


def test_a_far_too_long_hashtag_is_dropped_without_folding():
    dropped: Counter[str] = Counter()
    assert normalise(["tea" + "\u200b" * 60_000], dropped) == ([], [])
    assert dropped == {"unusable_hashtag": 1}


def test_joiners_and_markup_stay():
    kept = ["می\u200cخواهم", "ශ්\u200dරී", "<script>", "=1+1", '"quoted"']
    assert normalise(kept, Counter())[1] == kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one #Two, #三!", ["Two", "三"]),
        ("#123 and #1a", ["1a"]),
        ("word#glued a&#amp; http://a.b/#part", []),
        ("#https://a.b #a#b", []),
        ("＃full ✌️#after ️", ["full", "after"]),
        ("#️⃣ and #", []),
        ("#_ #__1", []),
        (
            "\u200f#so\u00adft\u200f, \u200b#\u0643\u0640\u0631\u0629\u200e!",
            ["so\u00adft\u200f", "\u0643\u0640\u0631\u0629\u200e"],
        ),
    ],
)
def test_hashtags_are_extracted_from_text(text, expected):
    assert extract(text) == expected


def test_every_conformance_case_passes(shared_data: Path):
    cases = json.loads((shared_data / "conformance" / "twitter_text_hashtag_cases.json").read_text())["cases"]
    failed = []
    for case in cases:
        expected = [found["hashtag"] if isinstance(found, dict) else found for found in case["expected"]]
        if extract(case["text"]) != expected:
            failed.append((case["description"], extract(case["text"]), expected))
    assert len(cases) == 76
    assert failed == []
