"""Compare the hashtags used together with the expected ones: each number within its bounds, exact on a small day."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import redis

from contract import redis_names
from contract.closed_day import closed_days
from contract.pairs import LEADING_HASHTAGS, PAIRS_FILE, Partner, Partners, decode_partners
from tests.torture.expected import Pairs

Found = Mapping[str, Partners]
"""The partners of each hashtag, as they are stored."""

_FEW_PARTNERS = 64
"""With so many partners at most, nothing of a hashtag is left out."""


def wrong_pairs(data_dir: Path, client: redis.Redis, source: str, expected: Mapping[date, Pairs]) -> Iterator[str]:
    """Yield a line for each wrong number of posts with two hashtags, in closed days, the archive and Redis."""
    for name, day, folder in closed_days(data_dir):
        if name == source:
            yield from wrong_pairs_of_day(f"closed {day}", expected[day], _read(folder / PAIRS_FILE))
    for day, pairs in expected.items():
        stored = data_dir / "archive" / "_extra" / f"day={day}" / f"source={source}" / "pairs.pq"
        if (data_dir / "archive" / f"day={day}" / f"source={source}").exists():
            yield from wrong_pairs_of_day(f"archived {day}", pairs, _read(stored))
    last = max(expected)
    in_redis = client.hgetall(redis_names.pairs(source, last))
    found = {key: decode_partners(message) for key, message in in_redis.items()}
    yield from wrong_pairs_of_day(f"Redis {last}", expected[last], found)


def wrong_pairs_of_day(where: str, expected: Pairs, found: Found) -> Iterator[str]:
    """Yield a line for each number of posts that is not within its bounds, and each hashtag that is missing."""
    by_key: dict[str, Counter[str]] = {}
    for (key, partner), posts in expected.items():
        by_key.setdefault(key, Counter())[partner] = posts
    is_small = len(by_key) < LEADING_HASHTAGS
    if len(found) > len(by_key) or (is_small and len(found) < len(by_key)):
        yield f"{where}, pairs: expected {len(by_key)} hashtags with partners, found {len(found)}"
    for key in sorted(found.keys() & by_key.keys()):
        is_exact = is_small and len(by_key[key]) <= _FEW_PARTNERS
        yield from _wrong_partners(f"{where}, #{key}", by_key[key], found[key], is_exact=is_exact)


def _wrong_partners(where: str, expected: Counter[str], found: Partners, *, is_exact: bool) -> Iterator[str]:
    listed = {partner.key for partner in found.partners}
    for partner in found.partners:
        right = expected[partner.key]
        if not partner.least <= right <= partner.most or (is_exact and partner.least < partner.most):
            yield f"{where} with #{partner.key}: expected {right}, found {partner.least} to {partner.most}"
    most = max((posts for partner, posts in expected.items() if partner not in listed), default=0)
    if most > found.beyond:
        yield f"{where}: a partner that is not listed has {most} posts, expected at most {found.beyond}"


def _read(path: Path) -> Found:
    found: dict[str, Partners] = {}
    for row in pq.read_table(path, partitioning=None).to_pylist():
        of_key = found.setdefault(row["key"], Partners(row["beyond"], []))
        of_key.partners.append(Partner(row["partner"], row["least"], row["most"]))
    return found
