from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.closed_day_schema import CLOSED_DAY_SCHEMA, STORED_SCHEMA
from tests.trendsite.archive.conftest import ROWS, CloseDay, Row, row, write_large_part, write_part
from trendsite.archive.pipeline.archive_errors import BrokenDayError
from trendsite.archive.pipeline.closed_counts import read_counts


def rows_of(batches: list[pa.RecordBatch]) -> list[Row]:
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def test_rows_are_read_as_they_were_written(close_day: CloseDay) -> None:
    assert rows_of(list(read_counts(close_day().folder))) == ROWS


@pytest.mark.parametrize("cuts", [(), (1,), (3, 3, 7), (1, 2, 3, 4, 5, 6, 7, 8, 9)])
@pytest.mark.parametrize("batch_rows", [1, 2, 4, 10, 100])
def test_batches_depend_on_the_rows_and_not_on_the_parts(
    close_day: CloseDay, cuts: tuple[int, ...], batch_rows: int
) -> None:
    batches = list(read_counts(close_day(cuts=cuts).folder, batch_rows))
    assert rows_of(batches) == ROWS
    assert {batch.num_rows for batch in batches[:-1]} <= {batch_rows}
    assert all(batch.schema == STORED_SCHEMA for batch in batches)


def test_a_day_of_one_huge_row_group_is_read_in_bounded_memory(tmp_path: Path) -> None:
    hashtags = [f"a-rather-long-made-up-hashtag-{number:09}" for number in range(300_000)]
    whole = write_large_part(tmp_path / "part-0.parquet", hashtags)
    before = pa.total_allocated_bytes()
    read, most = 0, 0
    for batch in read_counts(tmp_path):
        read += batch.num_rows
        most = max(most, pa.total_allocated_bytes() - before)
    assert read == len(hashtags) + 1
    assert most < whole / 2


def with_row(index: int, row: Row) -> list[Row]:
    return [*ROWS[:index], row, *ROWS[index + 1 :]]


@pytest.mark.parametrize("cuts", [(), (2, 5, 8), (1, 2, 3, 4, 5, 6, 7, 8, 9)])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[4:], "not the total of all languages"),
        (ROWS[1:], "not the total of all languages"),
        (ROWS[:4] + ROWS[5:], "without its total"),
        (with_row(8, row("es", "worldcup", "WorldCup", 10)), "not sorted"),
        (with_row(5, row("en", "", "", 31)), "without its total, or with two"),
        (with_row(8, row("es", "aguacero", "aguacero", 9)), "not sorted"),
        (with_row(8, row("es", "lluvia", "lluvia", 9)), "not sorted"),
        (ROWS[:4] + ROWS[6:] + ROWS[4:6], "not sorted"),
        (with_row(9, row("es", "café", "Café", -1)), "below zero"),
        (with_row(9, ("es", "café", "Café", 2, None, [3, -1, *[0] * 22], None, None)), "below zero"),
        (with_row(9, ("es", "café", "Café", 2, None, [1, *[0] * 23], None, None)), "hours do not add up"),
        (with_row(9, row("es", "café", "Café", 2, 5)), "more authors than its posts can have"),
        (with_row(9, (*row("es", "café", "Café", 2, -1)[:7], None)), "or fewer than none"),
        (with_row(9, ("es", "café", "Café", 2, None, [1, 1, *[0] * 21], None, None)), "each of 24 hours"),
        (with_row(0, (*ROWS[0][:6], [(60, 99)], None)), "minutes that do not add up"),
        (with_row(0, (*ROWS[0][:6], [(61, 60), (60, 40)], None)), "minutes that are not in order"),
        (with_row(0, (*ROWS[0][:6], [(60, 99), (1_440, 1)], None)), "not of the day"),
        (with_row(0, (*ROWS[0][:6], [(60, 101), (61, -1)], None)), "or without posts"),
        (with_row(4, (*ROWS[4][:6], [(60, 70)], None)), "minutes in a row that is not the total"),
        (with_row(9, ("es", "café", "Café", 2, None, [1, 1, *[0] * 23], None, None)), "each of 24 hours"),
    ],
)
def test_rows_that_break_the_contract_are_refused(
    close_day: CloseDay, rows: list[Row], message: str, cuts: tuple[int, ...]
) -> None:
    closed = close_day(rows=rows, cuts=[cut for cut in cuts if cut < len(rows)])
    with pytest.raises(BrokenDayError, match=message):
        list(read_counts(closed.folder, batch_rows=3))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (CLOSED_DAY_SCHEMA.set(3, pa.field("posts", pa.string())), "posts string"),
        (CLOSED_DAY_SCHEMA.set(1, pa.field("tag", pa.string())), "tag string"),
        (
            CLOSED_DAY_SCHEMA.remove(7).remove(6).remove(5).remove(4),
            "posts int64; expected language string.*authors int64",
        ),
        (CLOSED_DAY_SCHEMA.set(5, pa.field("hours", pa.list_(pa.int32()))), "hours list<.*int32>"),
        (CLOSED_DAY_SCHEMA.set(6, pa.field("minutes", pa.map_(pa.string(), pa.int64()))), "minutes map<string"),
        (CLOSED_DAY_SCHEMA.set(7, pa.field("hour_authors", pa.list_(pa.float64()))), "hour_authors list<.*double>"),
        (CLOSED_DAY_SCHEMA.append(pa.field("likes", pa.int64())), "likes int64"),
    ],
)
def test_other_columns_are_refused_by_name(tmp_path: Path, schema: pa.Schema, message: str) -> None:
    pq.write_table(schema.empty_table(), tmp_path / "part-0.parquet")
    with pytest.raises(BrokenDayError, match=f"columns are .*{message}"):
        list(read_counts(tmp_path))


def test_a_row_without_a_value_is_refused(tmp_path: Path) -> None:
    nullable = pa.schema([field.with_nullable(True) for field in CLOSED_DAY_SCHEMA])
    write_part(tmp_path / "part-0.parquet", [*ROWS[:2], row("*", "rain", None, 2)], nullable)  # type: ignore[list-item]  # the point
    with pytest.raises(BrokenDayError, match="1 rows without hashtag"):
        list(read_counts(tmp_path))


def test_an_hour_without_a_number_is_refused(tmp_path: Path) -> None:
    nullable = CLOSED_DAY_SCHEMA.set(5, pa.field("hours", pa.list_(pa.int64())))
    broken = ("*", "rain", "rain", 2, None, [2, None, *[0] * 22], None, None)
    write_part(tmp_path / "part-0.parquet", [*ROWS[:2], broken], nullable)  # type: ignore[list-item]  # the point
    with pytest.raises(BrokenDayError, match="without the posts of each of 24 hours"):
        list(read_counts(tmp_path))


@pytest.mark.parametrize("there", [6, 7])
def test_an_older_day_has_no_minutes_or_authors_of_hours(tmp_path: Path, there: int) -> None:
    old = pa.schema(list(CLOSED_DAY_SCHEMA)[:there])
    write_part(tmp_path / "part-0.parquet", [row[:there] for row in ROWS], old)  # type: ignore[misc]  # the point
    (batch,) = read_counts(tmp_path)
    assert batch.schema == STORED_SCHEMA
    for name in CLOSED_DAY_SCHEMA.names[there:]:
        assert batch[name].null_count == batch.num_rows


@pytest.mark.parametrize("authors", [[1] * 23, [1] * 25, [-1, *[0] * 23], [None, *[0] * 23]])
def test_authors_of_other_than_24_hours_are_refused(tmp_path: Path, authors: list[int | None]) -> None:
    broken = ("*", "rain", "rain", 2, 1, [2, *[0] * 23], None, authors)
    write_part(tmp_path / "part-0.parquet", [*ROWS[:2], broken])  # type: ignore[list-item]  # the point
    with pytest.raises(BrokenDayError, match="the authors of each of 24 hours"):
        list(read_counts(tmp_path))


def test_the_element_name_of_another_writer_does_not_matter(close_day: CloseDay, tmp_path: Path) -> None:
    renamed = CLOSED_DAY_SCHEMA.set(5, pa.field("hours", pa.list_(pa.field("item", pa.int64()))))
    renamed = renamed.set(7, pa.field("hour_authors", pa.list_(pa.field("item", pa.int64()))))
    renamed = renamed.set(6, pa.field("minutes", pa.map_(pa.int32(), pa.field("item", pa.int64()))))
    write_part(tmp_path / "part-0.parquet", ROWS, renamed)
    assert list(read_counts(tmp_path)) == list(read_counts(close_day().folder))


def test_a_folder_without_rows_or_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenDayError, match="no Parquet files"):
        list(read_counts(tmp_path))
    write_part(tmp_path / "part-0.parquet", [])
    with pytest.raises(BrokenDayError, match="no rows"):
        list(read_counts(tmp_path))


def test_a_cut_off_file_is_refused_in_one_line(close_day: CloseDay) -> None:
    folder = close_day(cuts=[5]).folder
    last = max(folder.glob("*.parquet"))
    last.write_bytes(last.read_bytes()[:-10])
    with pytest.raises(BrokenDayError, match=r"part-00001.*: not readable: ") as refused:
        list(read_counts(folder))
    assert "\n" not in str(refused.value)
