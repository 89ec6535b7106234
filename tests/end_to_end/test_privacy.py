"""Real posts of three networks go through a whole Trendsite: no text, name or account id is on disk or in a log."""

import contextlib
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contract.closed_day import closed_days
from tests.end_to_end.whole_trendsite import Trendsite, wait_until

SAMPLES = ("mastodon.ndjson", "x.ndjson", "bluesky.ndjson")
CORPUS = "jetstream_corpus_2026-07-04.jsonl"
PERSONAL = {
    "did": 12,
    "author_id": 8,
    "username": 8,
    "screen_name": 8,
    "acct": 8,
    "display_name": 10,
    "handle": 8,
    "text": 25,
    "content": 25,
    "uri": 20,
    "url": 20,
    "note": 25,
}
"""Members that identify a person or quote one, and the fewest characters by which to search for them."""


def recorded(folder: Path) -> Iterator[str]:
    """Yield the recorded lines as a network sent them, those of each network in order."""
    for name in SAMPLES:
        for line in (folder / name).read_text().splitlines():
            sample = json.loads(line)
            if sample["origin"].startswith("recorded"):
                yield from (part for part in sample["raw"].splitlines() if part.strip())
    yield from (folder / CORPUS).read_text().splitlines()


def values(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each member in a JSON value, also of JSON in texts."""
    if isinstance(value, list):
        for element in value:
            yield from values(element)
    elif isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, str | int):
                yield name, str(member)
            if isinstance(member, str) and member.startswith("{"):
                member = loaded(member)
            yield from values(member)


def loaded(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("data:"))
    except ValueError:
        return None


def personal(lines: list[str]) -> set[str]:
    """Return the starts of everything in recorded lines that is about a person."""
    found = {(name, text) for line in lines for name, text in values(loaded(line))}
    return {text[:60] for name, text in found if len(text) >= PERSONAL.get(name, 10**6)}


def content(path: Path) -> bytes:
    """Return a file's content, decompressed."""
    if path.suffix == ".parquet":
        return json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str).encode()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def contents(data_dir: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file's path and content. What runs may remove a file or a folder meanwhile."""
    for folder, _, names in os.walk(data_dir):
        for path in (Path(folder, name) for name in names):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and not path.is_symlink():
                    yield str(path.relative_to(data_dir)), content(path)


def leaks(data_dir: Path, said: str, secrets: set[str]) -> list[tuple[str, str]]:
    """Return each personal text found, with the place."""
    places = {"the terminal": said.encode(), **dict(contents(data_dir))}
    written = {form: text for text in secrets for form in (text.encode(), json.dumps(text)[1:-1].encode())}
    return [(place, text) for place, data in places.items() for form, text in written.items() if form in data]


def posts_in_the_spool(data_dir: Path) -> list[dict[str, Any]]:
    (spool,) = (data_dir / "spool").glob("*/*.ndjson")
    return [json.loads(line) for line in spool.read_text().splitlines()]


def finished_days(data_dir: Path) -> set[str]:
    """Return the days that streaming has closed. The archive removes the folders of all but the newest."""
    archived = (data_dir / "archive").glob("day=*")
    return {str(day) for _, day, _ in closed_days(data_dir)} | {path.name.removeprefix("day=") for path in archived}


def test_nothing_about_a_person_is_on_disk_or_in_the_log(shared_data: Path, tmp_path: Path):
    lines = list(recorded(shared_data / "samples"))
    secrets = personal(lines)
    assert len(secrets) > 150
    recording = tmp_path / "recorded.ndjson"
    recording.write_text("\n".join(lines) + "\n")
    settings = {"SOURCE": "replay", "REPLAY_FILE": str(recording), "REPLAY_SPEED": "0", "REPLAY_SHIFT": "none"}
    with Trendsite(**settings) as trendsite:
        wait_until(lambda: trendsite.report("collector").get("state") == "ended", "the recording is collected")
        posts = posts_in_the_spool(trendsite.data_dir)
        days = {post["created_at"][:10] for post in posts}
        wait_until(lambda: finished_days(trendsite.data_dir) >= days, "all its days are closed")
        trendsite.archive()
        ids = {post["id"].partition(":")[0] for post in posts}
        assert ids == {"bluesky", "mastodon", "x"}
        answers = "".join(json.dumps(trendsite.ask(path)) for path in ("/healthz", "/api/v1/top", "/api/v1/status"))
        data_dir = trendsite.data_dir
        assert leaks(data_dir, answers, secrets) == []
        assert not list((data_dir / "author_keys").glob("*/*"))
        trendsite.stop()
        assert leaks(data_dir, trendsite.said, secrets) == []


@pytest.mark.parametrize("name", ["notes.txt", "counts.csv.gz"])
def test_a_leak_would_be_found(tmp_path: Path, name: str):
    line = '{"event": "update", "payload": "{\\"content\\": \\"<p>Grüße an alle, die das lesen können</p>\\"}"}'
    secrets = personal([line])
    written = json.dumps({"x": "<p>Grüße an alle, die das lesen können</p>"}).encode()
    (tmp_path / name).write_bytes(gzip.compress(written) if name.endswith(".gz") else written)
    assert [place for place, _ in leaks(tmp_path, "", secrets)] == [name]
