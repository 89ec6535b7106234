"""What the database keeps of a closed day, gathered while its rows pass by on their way to storage."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from contract.closed_day import MINUTES
from contract.language import ALL_LANGUAGES


class TopHashtag(NamedTuple):
    """One hashtag of a top list, as contract.closed_day has its row."""

    key: str
    hashtag: str
    posts: int
    authors: int | None
    hours: list[int]
    hour_authors: list[int] | None


@dataclass
class LanguageSummary:
    """A day in one language: all its posts with their authors and hours, and its hashtags, the top ones best first."""

    posts: int
    authors: int | None
    hours: list[int]
    hashtags: int = 0
    top: list[TopHashtag] = field(default_factory=list)


class DaySummary:
    """The summaries of a day by language; ``*`` stands for all.

    ``minutes`` are the posts of each of the day's minutes, None where they were not counted; ``races`` the packed
    frames by language, none where no race was recorded; ``dropped`` counts by reason, None where it is not on record.
    """

    def __init__(self, kept_ranks: int) -> None:
        """Keep the ``kept_ranks`` most used hashtags of each language."""
        self.languages: dict[str, LanguageSummary] = {}
        self.minutes: list[int] | None = None
        self.races: dict[str, bytes] = {}
        self.dropped: dict[str, int] | None = None
        self._kept_ranks = kept_ranks

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in the next rows, as :func:`closed_counts.read_counts` yields them."""
        runs = pc.run_end_encode(batch["language"])
        start = 0
        for language, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            self._add_rows(language, batch.slice(start, end - start))
            start = end

    def _add_rows(self, language: str, rows: pa.RecordBatch) -> None:
        if language not in self.languages:
            # A language's first row is its total.
            self.languages[language] = LanguageSummary(
                *(rows[name][0].as_py() for name in ("posts", "authors", "hours"))
            )
            if language == ALL_LANGUAGES:
                self.minutes = _every_minute(rows["minutes"][0].as_py())
            rows = rows.slice(1)
        summary = self.languages[language]
        summary.hashtags += rows.num_rows
        missing = rows.slice(0, self._kept_ranks - len(summary.top))
        columns = (missing[name].to_pylist() for name in TopHashtag._fields)
        summary.top.extend(map(TopHashtag, *columns))


def _every_minute(told: list[tuple[int, int]] | None) -> list[int] | None:
    if told is None:
        return None
    posts = dict(told)
    return [posts.get(minute, 0) for minute in range(MINUTES)]
