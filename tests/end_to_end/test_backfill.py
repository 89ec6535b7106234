"""Recordings counted again: as an independent count says, and as the live path counted them."""

import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard

from contract.closed_day import closed_days
from contract.language import normalise_language
from contract.post import fold, is_usable
from tests.end_to_end.whole_trendsite import ROOT, Trendsite, wait_until

MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)


def manage(data_dir: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run manage.py on a DATA_DIR."""
    given = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
    command = [sys.executable, "manage.py", *map(str, arguments)]
    environment = {**given, "DATA_DIR": str(data_dir)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A DATA_DIR with a database."""
    assert manage(tmp_path, "migrate", "--verbosity=0").returncode == 0
    return tmp_path


def archived(data_dir: Path, source: str, name: str) -> dict[str, bytes]:
    """Return the archived files of a source and kind, by day."""
    files = (data_dir / "archive").glob(f"day=*/source={source}/{name}")
    return {path.parents[1].name.removeprefix("day="): path.read_bytes() for path in files}


def posts_in(path: Path) -> Iterator[dict[str, Any]]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    elif path.suffix == ".zst":
        content = zstandard.ZstdDecompressor().stream_reader(content).read()
    yield from map(json.loads, content.splitlines())


def busiest_days(recording: Path, number: int, to: Path) -> Path:
    """Leave out the posts of all but the busiest days: archiving a thousand days more would only take minutes."""
    posts = list(posts_in(recording))
    busiest = {day for day, _ in Counter(post["created_at"][:10] for post in posts).most_common(number)}
    lines = [json.dumps(post) for post in posts if post["created_at"][:10] in busiest]
    to.write_text("\n".join(lines))
    return to


def independent_count(recordings: list[Path]) -> dict[str, Counter[tuple[str, str]]]:
    """Return the posts of each day, language and key, by the rule that comes with the recordings.

    What cannot be a hashtag is none.
    """
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for recording in recordings:
        for post in posts_in(recording):
            keys = {key for key in map(fold, post["hashtags"]) if is_usable(key)}
            of_day = counts.setdefault(post["created_at"][:10], Counter())
            for language in (normalise_language(post["lang"]), "*"):
                of_day.update((language, key) for key in ("", *keys))
    return counts


def test_a_large_disordered_recording_is_archived_as_an_independent_count_says(
    data_dir: Path, shared_data: Path, tmp_path: Path
) -> None:
    corpus = busiest_days(shared_data / "corpus.ndjson.zst", 15, tmp_path / "corpus.ndjson")
    recordings = [corpus, shared_data / "ep2014.ndjson.gz"]
    done = manage(data_dir, "backfill", *recordings, "--source", "corpus")
    assert done.returncode == 0, done.stderr
    expected = independent_count(recordings)
    found = {}
    for day, content in archived(data_dir, "corpus", "counts.parquet").items():
        columns = ("language", "key", "posts")
        rows = pq.read_table(io.BytesIO(content), columns=list(columns)).to_pydict()
        found[day] = Counter(
            {(language, key): posts for language, key, posts in zip(*(rows[name] for name in columns), strict=True)}
        )
    assert found == expected
    posts = sum(of_day["*", ""] for of_day in expected.values())
    assert f"corpus: {posts:,} posts of {len(expected):,} days in " in done.stdout.splitlines()[-2]
    assert "/days/" in done.stdout.splitlines()[-1]


def write_recording(path: Path) -> None:
    """Three days and an hour, some posts four minutes late, a few twice, some not posts at all."""
    choice = random.Random(3)
    lines = []
    for number in range(6_000):
        moment = MIDNIGHT + timedelta(seconds=600 + number * 73 * 3_600 / 6_000 - choice.choice([0, 0, 0, 240]))
        post = {
            "id": f"m{number}",
            "created_at": moment.isoformat(),
            "lang": choice.choice(["en", "iw", "zh-CN", "xx"]),
            "hashtags": choice.sample(
                ["Tea", "TEA", "cupOfTea", "Straße", "=1+1", f"rare{number}"], choice.randrange(4)
            ),
            "author": f"account {choice.randrange(700)}",
        }
        lines += [json.dumps(post)] * choice.choice([1] * 20 + [2])
        if number % 1_000 == 500:
            lines.append("no post")
    path.write_text("\n".join(lines))


def archived_rows(data_dir: Path, source: str) -> dict[str, list[dict[str, Any]]]:
    """Return the archived rows of a source, by day, without the estimates of authors.

    Each run hashes authors under a key of its own, so these estimates differ within their error.
    """
    files = archived(data_dir, source, "counts.parquet")
    return {
        day: pq.read_table(io.BytesIO(content)).drop_columns(["authors", "hour_authors"]).to_pylist()
        for day, content in files.items()
    }


def estimated_authors(data_dir: Path, source: str) -> dict[tuple[str, str, str], int]:
    """Return the estimate of each count with authors, by day, language and key."""
    return {
        (day, row["language"], row["key"]): row["authors"]
        for day, content in archived(data_dir, source, "counts.parquet").items()
        for row in pq.read_table(io.BytesIO(content)).to_pylist()
        if row["authors"] is not None
    }


def test_days_counted_again_are_archived_as_live(tmp_path: Path) -> None:
    recording = tmp_path / "made-up.ndjson"
    write_recording(recording)
    settings = {"SOURCE": "replay", "REPLAY_FILE": str(recording), "REPLAY_SPEED": "0", "REPLAY_SHIFT": "none"}
    with Trendsite(**settings) as trendsite:
        wait_until(lambda: len(closed_days(trendsite.data_dir)) == 4, "all days are closed, the last at the end")
        trendsite.stop()
        manage(trendsite.data_dir, "archive")
        source = closed_days(trendsite.data_dir)[0][0]
        refused = manage(trendsite.data_dir, "backfill", recording)
        assert refused.returncode == 1
        assert re.search(rf"CommandError: .* of {source} is counted already, one of 4 such days", refused.stderr)
        again = manage(trendsite.data_dir, "backfill", recording, "--source", "again")
        assert again.returncode == 0, again.stderr
        live = archived_rows(trendsite.data_dir, source)
        assert sorted(live) == ["2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"]
        assert archived_rows(trendsite.data_dir, "again") == live
        authors = estimated_authors(trendsite.data_dir, source)
        assert authors
        assert estimated_authors(trendsite.data_dir, "again") == pytest.approx(authors, rel=0.2, abs=3)
        replaced = manage(trendsite.data_dir, "backfill", recording, "--replace")
        assert replaced.returncode == 0, replaced.stderr
        assert archived_rows(trendsite.data_dir, source) == live
