"""What a file of counts held at one moment: read beside counting, to fill Redis or to close a day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from streaming.batch import DayLanguage
from streaming.count import Count, decode_count
from streaming.counts_file import connect, damage_told, name_of, read_counts, read_position


class Snapshot:
    """What a store held at one moment, whatever is written to it meanwhile. ``with`` it, in one thread."""

    def __init__(self, path: Path) -> None:
        """Look at the store at ``path``."""
        self._path = path

    def __enter__(self) -> "Snapshot":
        self._database = connect(self._path)
        self._database.execute("BEGIN")
        with damage_told(self._path):
            self.position = read_position(self._database)
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def days(self) -> list[date]:
        """Return the days that have counts, earliest first."""
        found: list[date] = []
        after = 0
        # Each look is one step into the index; DISTINCT would read all of it.
        step = "SELECT day FROM counts WHERE day > ? LIMIT 1"
        with damage_told(self._path):
            while row := self._database.execute(step, (after,)).fetchone():
                after = row[0]
                found.append(date.fromordinal(after))
        return found

    def languages(self, day: date) -> list[str]:
        """Return the languages that a day has counts of, ``*`` first."""
        found: list[str] = []
        step = "SELECT language FROM counts WHERE day = ? AND language > ? LIMIT 1"
        with damage_told(self._path):
            while row := self._database.execute(step, (day.toordinal(), found[-1] if found else "")).fetchone():
                found.append(row[0])
        return found

    def count(self, day: date, language: str, key: str) -> Count:
        """Return what is counted of a key in a day and language."""
        with damage_told(self._path):
            return read_counts(self._database, DayLanguage(day, language), [key]).get(key, Count())

    def counts(self, day: date, language: str) -> Iterator[tuple[str, Count]]:
        """Yield the counts of a day and language by key, in the order of keys."""
        return self._counts(day, language, "key")

    def ranked_counts(self, day: date, language: str) -> Iterator[tuple[str, Count]]:
        """Yield the same, all posts first, then most posts first, equal ones in the order of keys."""
        return self._counts(day, language, "key <> '', posts DESC, key")

    def _counts(self, day: date, language: str, order: str) -> Iterator[tuple[str, Count]]:
        rows = "SELECT key, count FROM counts WHERE day = ? AND language = ? ORDER BY "
        name = name_of(DayLanguage(day, language))
        with damage_told(self._path):
            for key, kept in self._database.execute(rows + order, (day.toordinal(), language)):
                yield key, decode_count(kept, name + key.encode())
