"""The independent count, and that an undisturbed collector admits exactly what it expects."""

import json
import threading
from collections import Counter
from datetime import date

import pytest

from collector.intake.ingest import Ingest
from collector.log.spool import Spool
from collector.sources.replay.source import ReplaySource
from tests.torture.expected import DAY_GRACE, expect, read_lines
from tests.torture.recording import write_recording

DAY = date(2026, 3, 4)


def line(number: int, at: str, hashtags: list[str], lang: str = "en") -> bytes:
    return json.dumps({"id": f"m{number}", "created_at": at, "lang": lang, "hashtags": hashtags}).encode()


def test_a_post_counts_once_per_hashtag_in_its_language_and_in_all() -> None:
    expected = expect([line(1, "2026-03-04T07:30:00Z", ["Tea", "＃TEA", "ﬁne", "no tag"], lang="iw")])
    counts = expected.days[DAY]
    once = [int(hour == 7) for hour in range(24)]
    assert counts == {(language, key): once for language in ("he", "*") for key in ("", "tea", "fine")}


def test_what_recordings_hold_of_scripts_with_rules_of_their_own_is_expected_under_one_key() -> None:
    written = ["น้ำ", "น\u0e49\u0e4d\u0e32", "ນ້ຳ", "İstanbul", "istanbul", "كـرة", "كرة", "می\u200cخواهم"]
    counts = expect([line(1, "2026-03-04T07:30:00Z", written)]).days[DAY]
    assert [key for language, key in counts if language == "*" and key] == ["น้ำ", "ນ້ຳ", "istanbul", "كرة", "میخواهم"]


def test_repeats_and_posts_of_closed_days_and_wrong_times_count_for_nothing() -> None:
    lines = [
        line(1, "2026-03-04T23:00:00Z", []),
        line(2, "2027-03-04T23:00:00Z", []),
        line(1, "2026-03-04T23:00:01Z", []),
        line(3, "2026-03-05T00:59:00Z", []),
        line(4, "2026-03-04T23:59:00Z", []),
        line(5, "2026-03-05T01:00:00Z", []),
        line(6, "2026-03-04T23:59:00Z", []),
        b"{",
        b"",
    ]
    expected = expect(lines)
    assert expected.posts == 4
    assert expected.dropped == {"future": 1, "duplicate": 1, "late": 1, "malformed": 1}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_undisturbed_collector_admits_what_is_expected(tmp_path, seed: int) -> None:
    recording = tmp_path / "made-up.ndjson"
    write_recording(recording, seed, posts=6_000)
    expected = expect(read_lines(recording))
    spool = Spool(tmp_path / "spool", "replay", 2**30)
    stop = threading.Event()
    source = ReplaySource(recording, 0, False, lambda account, _moment: account)
    ingest = Ingest(source, spool, DAY_GRACE, lambda: None, lambda: None)
    for batch in source.batches(None, stop):
        ingest.process(batch)
        if batch.final:
            break
    ingest.commit(stop)
    admitted = [json.loads(post) for chunk in spool.read(0, spool.committed.end) for post in chunk.splitlines()]
    of_days = Counter(post["created_at"][:10] for post in admitted)
    assert of_days == {str(day): sum(counts["*", ""]) for day, counts in expected.days.items()}
    dropped = dict(spool.committed.counts.dropped)
    assert dropped.pop("excess_hashtags", 1) > 0
    assert dropped == expected.dropped
