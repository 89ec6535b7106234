"""Spark reads the archive's root as one table, though other files lie beside it."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.trendsite.archive.conftest import ROWS
from tests.trendsite.archive.documented import TOP, documented, write_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    write_archive(root, tmp_path_factory.mktemp("scratch"))
    return root


def test_spark_answers_the_documented_query(spark: SparkSession, archive: Path) -> None:
    names: dict[str, Any] = {"spark": spark}
    exec(documented("python", "s3a://").replace("s3a://bucket/prefix", f"file://{archive}"), names)
    assert [tuple(row) for row in names["top"].collect()] == TOP


def test_spark_reads_every_day_and_source_with_its_types(spark: SparkSession, archive: Path) -> None:
    table = spark.read.parquet(f"file://{archive}")
    assert table.count() == len(ROWS) * 4
    types = dict(table.dtypes)
    assert (types["day"], types["source"]) == ("date", "string")
    assert (types["hours"], types["minutes"]) == ("array<bigint>", "map<int,bigint>")
    total = table.where("source = 'bluesky' AND language = '*' AND key = ''").first()
    assert total is not None
    assert (total["posts"], sorted(total["minutes"].items())) == (100, ROWS[0][6])
