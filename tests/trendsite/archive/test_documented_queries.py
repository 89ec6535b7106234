"""The archive as one table: the queries of docs/archive.md, word for word but for the folder.

tests/streaming/test_archive_with_spark.py has that of Spark.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from contract.closed_day_schema import STORED_SCHEMA
from tests.trendsite.archive.conftest import ROWS
from tests.trendsite.archive.documented import DAYS, LATER, TOP, documented, write_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    write_archive(root, tmp_path_factory.mktemp("scratch"))
    return root


def test_duckdb_answers_the_documented_query(archive: Path) -> None:
    query = documented("sql", "read_parquet").replace("var/archive", str(archive))
    assert duckdb.sql(query).fetchall() == TOP


def test_duckdb_reads_every_day_and_source_with_its_types(archive: Path) -> None:
    found = duckdb.sql(f"SELECT * FROM read_parquet('{archive}/**/*.parquet', hive_partitioning = 1)")
    counted = duckdb.sql("SELECT source, day, count(*) FROM found GROUP BY ALL ORDER BY day, source DESC").fetchall()
    assert counted == [(source, day, len(ROWS)) for source, day in sorted((*DAYS, LATER), key=lambda day: day[1])]
    types = dict(zip(found.columns, map(str, found.types), strict=True))
    assert types["day"] == "DATE"
    assert (types["hours"], types["minutes"]) == ("BIGINT[]", "MAP(INTEGER, BIGINT)")


def test_pyarrow_answers_the_documented_query(archive: Path) -> None:
    names: dict[str, Any] = {}
    exec(documented("python", "pyarrow.dataset").replace("var/archive", str(archive)), names)
    assert [(row["hashtag"], row["posts_sum"]) for row in names["top"].to_pylist()] == TOP


def test_pyarrow_reads_every_day_and_source_in_the_columns_of_the_archive(archive: Path) -> None:
    dataset = ds.dataset(archive, format="parquet", partitioning="hive")
    assert dataset.schema.names == [*STORED_SCHEMA.names, "day", "source"]
    table = dataset.to_table()
    found = set(zip(table["source"].to_pylist(), map(date.fromisoformat, table["day"].to_pylist()), strict=True))
    assert found == {*DAYS, LATER}
    assert len(table) == len(ROWS) * 4


def test_athenas_table_has_the_columns_of_the_archive() -> None:
    columns, _, rest = documented("sql", "CREATE EXTERNAL TABLE").partition("(")[2].partition("\n)")
    assert dict(re.findall(r"^  (\w+) ([\w<>,]+?),?$", columns, re.MULTILINE)) == {
        field.name: _hive_type(field.type) for field in STORED_SCHEMA
    }
    assert "PARTITIONED BY (day string, source string)" in rest
    assert "day=${day}/source=${source}/" in rest


def _hive_type(found: pa.DataType) -> str:
    if pa.types.is_list(found):
        return f"array<{_hive_type(found.value_type)}>"
    if pa.types.is_map(found):
        return f"map<{_hive_type(found.key_type)},{_hive_type(found.item_type)}>"
    return {pa.string(): "string", pa.int64(): "bigint", pa.int32(): "int"}[found]
