"""Compare the counts of a Trendsite with the expected ones, in closed days, the archive, Redis and the API."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from contract import redis_names
from contract.closed_day import closed_days
from contract.ranking import highest_counts
from tests.torture.expected import Counts
from tests.torture.tortured import Tortured

_API_LIMIT = 1_000


def wrong_counts(trendsite: Tortured, source: str, expected: dict[date, Counts]) -> list[str]:
    """Return a line for each wrong count of any day, language and hashtag of a source, wherever it is stored."""
    trendsite.archive()
    last = max(expected)
    wrong = [
        *_wrong_days(trendsite.data_dir, source, expected),
        *_wrong_in_redis(trendsite, source, last, expected[last]),
        *_wrong_in_api(trendsite, source, last, expected[last]),
    ]
    return [f"{source}: {line}" for line in wrong]


def _wrong_days(data_dir: Path, source: str, expected: dict[date, Counts]) -> Iterator[str]:
    waiting = {day: folder for name, day, folder in closed_days(data_dir) if name == source}
    archived = {
        date.fromisoformat(path.parent.name.removeprefix("day=")): path
        for path in data_dir.glob(f"archive/day=*/source={source}")
    }
    if archived.keys() != expected.keys():
        yield f"archived are {sorted(map(str, archived))}, expected {sorted(map(str, expected))}"
    for where, folders in (("closed", waiting), ("archived", archived)):
        for day, folder in sorted(folders.items()):
            yield from wrong_day(f"{where} {day}", expected.get(day, {}), _read_day(folder))


def _read_day(folder: Path) -> Counts:
    counts: Counts = {}
    for file in folder.glob("[!_]*.parquet"):
        rows = pq.read_table(file).to_pylist()
        for row in rows:
            counts[row["language"], row["key"]] = row["hours"]
            if sum(row["hours"]) != row["posts"]:
                counts[row["language"], row["key"]] = [row["posts"]]
    return counts


def wrong_day(where: str, expected: Counts, found: Counts) -> Iterator[str]:
    """Yield a line for each count of a day that differs."""
    for language, key in sorted(expected.keys() | found.keys()):
        right, counted = expected.get((language, key)), found.get((language, key))
        if right != counted:
            yield f"{where}, {language}, #{key}: expected {_described(right)}, found {_described(counted)}"


def _described(hours: list[int] | None) -> str:
    return "none" if hours is None else f"{sum(hours):,} ({' '.join(map(str, hours))})"


def _wrong_in_redis(trendsite: Tortured, source: str, day: date, expected: Counts) -> Iterator[str]:
    """Compare everything in Redis. Of a trimmed set only its members count; they must be the largest."""
    client = trendsite.redis
    posts = {language: sum(hours) for (language, key), hours in expected.items() if not key}
    kept = client.zrange(redis_names.posts(source, day), 0, -1, withscores=True)
    yield from _differences(f"Redis {day}, posts", posts, kept)
    for hour in range(24):
        of_hour = {language: hours[hour] for (language, key), hours in expected.items() if not key and hours[hour]}
        kept = client.zrange(redis_names.hour_posts(source, day, hour), 0, -1, withscores=True)
        yield from _differences(f"Redis {day}T{hour:02}, posts", of_hour, kept)
    for language in posts:
        tags = {key: sum(hours) for (of, key), hours in expected.items() if of == language and key}
        kept = client.zrange(redis_names.counts(source, day, language), 0, -1, withscores=True)
        if len(kept) >= 5_000:
            smallest = kept[0][1]
            tags = {key: count for key, count in tags.items() if count > smallest or key in dict(kept)}
        yield from _differences(f"Redis {day}, {language}", tags, kept)


def _wrong_in_api(trendsite: Tortured, source: str, day: date, expected: Counts) -> Iterator[str]:
    for language in sorted({language for language, _ in expected}):
        query = f"source={source}&day={day}&languages={language}&limit={_API_LIMIT}"
        answer = trendsite.ask(f"/api/v1/top?{query}") or {}
        tags = ((key, sum(hours)) for (of, key), hours in expected.items() if of == language and key)
        right = {"": sum(expected[language, ""]), **dict(highest_counts(tags, _API_LIMIT))}
        found = {"": answer.get("posts", 0), **{place["key"]: place["posts"] for place in answer.get("top", [])}}
        yield from _differences(f"API {day}, {language}", right, found.items())


def _differences(where: str, expected: dict[str, int], found) -> Iterator[str]:
    counted = {key: int(posts) for key, posts in found}
    for key in sorted(expected.keys() | counted.keys()):
        if expected.get(key) != counted.get(key):
            yield f"{where}, #{key}: expected {expected.get(key)}, found {counted.get(key)}"
