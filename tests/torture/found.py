"""What a Trendsite has counted: closed days from their folders, the archive, open days from Redis and the API."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from contract import redis_names
from contract.closed_day import closed_days
from contract.ranking import order
from tests.torture.expected import Counts
from tests.torture.tortured import Tortured

_API_LIMIT = 1_000


def wrong_counts(trendsite: Tortured, expected: dict[date, Counts], closed: set[date]) -> list[str]:
    """Return a line for each wrong count, of every day, language and hashtag, wherever it is kept."""
    source = next(iter({path.name for path in trendsite.data_dir.glob("spool/replay-*")}))
    trendsite.archive()
    wrong = list(_wrong_days(trendsite.data_dir, source, expected, closed))
    for day in sorted(expected.keys() - closed):
        wrong += _wrong_in_redis(trendsite, source, day, expected[day])
        wrong += _wrong_in_api(trendsite, day, expected[day])
    return wrong


def _wrong_days(data_dir: Path, source: str, expected: dict[date, Counts], closed: set[date]) -> Iterator[str]:
    waiting = {day: folder for name, day, folder in closed_days(data_dir) if name == source}
    archived = {
        date.fromisoformat(path.parent.name.removeprefix("day=")): path
        for path in data_dir.glob(f"archive/day=*/source={source}")
    }
    if archived.keys() != closed:
        yield f"archived are {sorted(map(str, archived))}, expected {sorted(map(str, closed))}"
    for where, folders in (("closed", waiting), ("archived", archived)):
        for day, folder in sorted(folders.items()):
            yield from wrong_day(f"{where} {day}", expected.get(day, {}), _read_day(folder))


def _read_day(folder: Path) -> Counts:
    counts: Counts = {}
    for file in folder.glob("*.parquet"):
        rows = pq.read_table(file).to_pylist()
        for row in rows:
            counts[row["language"], row["key"]] = row["hours"]
            if sum(row["hours"]) != row["posts"]:
                counts[row["language"], row["key"]] = [row["posts"]]
    return counts


def wrong_day(where: str, expected: Counts, found: Counts) -> Iterator[str]:
    """Yield a line for each count of a day in which two counts differ."""
    for language, key in sorted(expected.keys() | found.keys()):
        right, counted = expected.get((language, key)), found.get((language, key))
        if right != counted:
            yield f"{where}, {language}, #{key}: expected {_told(right)}, found {_told(counted)}"


def _told(hours: list[int] | None) -> str:
    return "none" if hours is None else f"{sum(hours):,} ({' '.join(map(str, hours))})"


def _wrong_in_redis(trendsite: Tortured, source: str, day: date, expected: Counts) -> Iterator[str]:
    """Compare all that Redis keeps: where it trimmed, only what it keeps, which must be the largest."""
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


def _wrong_in_api(trendsite: Tortured, day: date, expected: Counts) -> Iterator[str]:
    for language in sorted({language for language, _ in expected}):
        answer = trendsite.ask(f"/api/v1/top?day={day}&languages={language}&limit={_API_LIMIT}") or {}
        tags = ((key, sum(hours)) for (of, key), hours in expected.items() if of == language and key)
        right = {"": sum(expected[language, ""]), **dict(order(tags, _API_LIMIT))}
        found = {"": answer.get("posts", 0), **{place["key"]: place["posts"] for place in answer.get("top", [])}}
        yield from _differences(f"API {day}, {language}", right, found.items())


def _differences(where: str, expected: dict[str, int], found) -> Iterator[str]:
    counted = {key: int(posts) for key, posts in found}
    for key in sorted(expected.keys() | counted.keys()):
        if expected.get(key) != counted.get(key):
            yield f"{where}, #{key}: expected {expected.get(key)}, found {counted.get(key)}"
