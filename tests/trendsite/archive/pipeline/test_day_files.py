import csv
import unicodedata
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contract.closed_day import HOURS
from contract.closed_day_schema import CLOSED_DAY_SCHEMA
from tests.trendsite.archive.conftest import ROWS, CloseDay, Row, row
from trendsite.archive.pipeline.closed_counts import read_counts
from trendsite.archive.pipeline.day_files import DayFiles


def export(folder: Path, closed: Path) -> DayFiles:
    folder.mkdir(exist_ok=True)
    with DayFiles(folder) as files:
        for batch in read_counts(closed, batch_rows=4):
            files.write(batch)
    return files


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_both_files_hold_every_row_in_order(close_day: CloseDay, tmp_path: Path) -> None:
    files = export(tmp_path / "out", close_day().folder)
    assert [tuple(row.values()) for row in pq.read_table(files.parquet).to_pylist()] == ROWS
    assert csv_rows(files.csv) == [
        [*CLOSED_DAY_SCHEMA.names[: CLOSED_DAY_SCHEMA.names.index("hours")], *(f"h{hour:02}" for hour in range(HOURS))],
        *(
            [*texts, str(posts), "" if authors is None else str(authors), *map(str, hours)]
            for *texts, posts, authors, hours, _, _ in ROWS
        ),
    ]


def test_the_same_rows_always_give_the_same_bytes(close_day: CloseDay, tmp_path: Path) -> None:
    whole = export(tmp_path / "a", close_day(source="whole").folder)
    in_parts = export(tmp_path / "b", close_day(source="parts", cuts=[1, 5, 5, 8]).folder)
    assert whole.parquet.read_bytes() == in_parts.parquet.read_bytes()
    assert whole.csv.read_bytes() == in_parts.csv.read_bytes()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_never_starts_a_formula_in_csv_and_is_untouched_in_parquet(
    close_day: CloseDay, tmp_path: Path, start: str
) -> None:
    hostile = f'{start}HYPERLINK("http://evil.example","{start}x")'
    key = unicodedata.normalize("NFKC", hostile).casefold()
    rows: list[Row] = [row("*", "", "", 9), row("*", key, hostile, 3), row("*", "rain", "rain", 2)]
    files = export(tmp_path / "out", close_day(rows=rows).folder)
    assert csv_rows(files.csv)[2][:4] == ["*", f"'{key}", f"'{hostile}", "3"]
    assert pq.read_table(files.parquet).to_pylist()[1]["hashtag"] == hostile


def test_quotes_commas_and_line_breaks_stay_in_their_cell(close_day: CloseDay, tmp_path: Path) -> None:
    hashtag = 'a "b", c\r\nd\ne'
    rows: list[Row] = [row("*", "", "", 9), row("*", hashtag, hashtag, 3), row("*", "rain", "rain", 2)]
    files = export(tmp_path / "out", close_day(rows=rows).folder)
    assert [cells[:4] for cells in csv_rows(files.csv)[2:]] == [
        ["*", hashtag, hashtag, "3"],
        ["*", "rain", "rain", "2"],
    ]
