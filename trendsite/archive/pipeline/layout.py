"""Where a day lies in storage, and which days storage has.

    day=2026-11-20/source=simulator/counts.parquet             the table: one Parquet file for each day and source
    _extra/day=2026-11-20/source=simulator/counts.csv          the same counts for spreadsheets
                                          /race.ndjson.gz      the race, if one was recorded
                                          /pairs.pq            hashtags used together, if they were counted
                                          /dropped.json        dropped posts and gaps, if they are known
                                          /manifest.json       written last: the day is archived once it is there

Spark, pyarrow and Athena read the table at the root and ignore names that start with an underscore. DuckDB reads every
``*.parquet``, so no file in ``_extra`` is called so.

The earlier layout had all files beside the Parquet, and no manifest.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.files.storage import Storage

from trendsite.archive.pipeline.storage_files import keys_with_prefix

PARQUET_NAME = "counts.parquet"
CSV_NAME = "counts.csv"
PAIRS_NAME = "pairs.pq"
"""Parquet with another name: DuckDB reads every ``*.parquet`` below the root as the table."""

RACE_NAME = "race.ndjson.gz"
DROPPED_NAME = "dropped.json"
MANIFEST_NAME = "manifest.json"
EXTRA_FOLDER = "_extra"

_REPLACED = re.compile(r"counts\.([0-9a-f]{64})\.replaced")
_NAMES = "|".join(map(re.escape, (PARQUET_NAME, CSV_NAME, PAIRS_NAME, RACE_NAME, DROPPED_NAME, MANIFEST_NAME)))
_DAY_KEY = re.compile(rf"(?:{EXTRA_FOLDER}/)?day=(\d{{4}}-\d\d-\d\d)/source=([^/]+)/(?:{_NAMES}|{_REPLACED.pattern})")


@dataclass(frozen=True)
class DayKeys:
    """The keys of a day's files."""

    parquet: str
    csv: str
    pairs: str
    race: str
    dropped: str
    manifest: str

    @property
    def extra_folder(self) -> str:
        """The folder of the files beside the table."""
        return self.manifest.rpartition("/")[0]


@dataclass(frozen=True)
class StoredDay:
    """A day of one source in storage, and the keys that storage has of it."""

    day: date
    source: str
    keys: frozenset[str]

    @property
    def has_manifest(self) -> bool:
        """Whether the day is archived whole, in the layout of this version."""
        return day_keys(self.source, self.day).manifest in self.keys

    @property
    def is_earlier_layout(self) -> bool:
        """Whether an earlier version stored the day."""
        return not self.has_manifest and earlier_keys(self.source, self.day).csv in self.keys

    @property
    def is_current(self) -> bool:
        """Whether nothing of an earlier layout or of an interrupted rewrite is left."""
        return self.has_manifest and not leftovers(self.source, self.day, self.keys)

    def __str__(self) -> str:
        return f"{self.day.isoformat()} ({self.source})"


def day_prefix(source: str, day: date) -> str:
    """Return the folder of a day's Parquet, in the ``name=value`` style that query engines read."""
    return f"day={day.isoformat()}/source={source}"


def day_keys(source: str, day: date) -> DayKeys:
    """Return the keys of a day's files."""
    prefix = day_prefix(source, day)
    return _keys(prefix, f"{EXTRA_FOLDER}/{prefix}")


def earlier_keys(source: str, day: date) -> DayKeys:
    """Return the keys of a day's files in the earlier layout. No day has that manifest."""
    prefix = day_prefix(source, day)
    return _keys(prefix, prefix)


def replaced_key(source: str, day: date, sha256: str) -> str:
    """Return the key of a Parquet with this checksum, while a rewrite puts another in its place."""
    return f"{day_keys(source, day).extra_folder}/counts.{sha256}.replaced"


def replaced_files(keys: Iterable[str]) -> dict[str, str]:
    """Return those keys that ``replaced_key`` made, with their checksums."""
    names = ((key, _REPLACED.fullmatch(key.rpartition("/")[2])) for key in keys)
    return {key: name[1] for key, name in names if name}


def leftovers(source: str, day: date, keys: Iterable[str]) -> list[str]:
    """Return the keys that an earlier layout or an interrupted rewrite left of a day."""
    earlier = earlier_keys(source, day)
    return sorted((set(keys) & {earlier.csv, earlier.race, earlier.dropped}) | set(replaced_files(keys)))


def keys_of_day(storage: Storage, source: str, day: date) -> frozenset[str]:
    """Return the keys that storage has of one day."""
    keys = day_keys(source, day)
    folders = (day_prefix(source, day), keys.extra_folder)
    return frozenset(key for folder in folders for key in keys_with_prefix(storage, f"{folder}/"))


def stored_days(storage: Storage) -> list[StoredDay]:
    """Return the days of which storage has a file, oldest first."""
    found: dict[tuple[date, str], set[str]] = {}
    for key in (key for start in ("day=", f"{EXTRA_FOLDER}/day=") for key in keys_with_prefix(storage, start)):
        if match := _DAY_KEY.fullmatch(key):
            try:
                day = date.fromisoformat(match[1])
            except ValueError:
                continue
            found.setdefault((day, match[2]), set()).add(key)
    return [StoredDay(day, source, frozenset(found[day, source])) for day, source in sorted(found)]


def _keys(table: str, extra: str) -> DayKeys:
    names = (CSV_NAME, PAIRS_NAME, RACE_NAME, DROPPED_NAME, MANIFEST_NAME)
    return DayKeys(f"{table}/{PARQUET_NAME}", *(f"{extra}/{name}" for name in names))
