"""Spark's own ``socket`` source with the same aggregation, in Structured Streaming.

Run as ``python -m benchmarks.peers.socket_source PORT REDIS_URL FOLDER``.
"""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from benchmarks.peers.board import ALL_LANGUAGES, TOTAL_KEY, PeerBoard

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    # The source walks a list from its beginning for every line of a partition: with the two partitions
    # of two cores, a batch of 400,000 posts is not done in minutes. With many it works.
    "spark.default.parallelism": "32",
}
_SCHEMA = "created_at string, lang string, hashtags array<string>"


def main(port: int, redis_url: str, folder: str) -> None:
    """Count until killed."""
    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "2g")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    board = PeerBoard(redis_url)
    lines = session.readStream.format("socket").options(host="127.0.0.1", port=port).load()
    (
        _count(lines)
        .writeStream.outputMode("update")
        .option("checkpointLocation", folder)
        .foreachBatch(lambda counts, _: board.write(tuple(row) for row in counts.collect()))
        .start()
        .awaitTermination()
    )


def _count(lines: DataFrame) -> DataFrame:
    post = F.from_json("value", _SCHEMA)
    keys = F.array_distinct(F.transform("post.hashtags", F.lower))
    return (
        lines.select(post.alias("post"))
        .select(
            F.substring("post.created_at", 1, 10).alias("day"),
            F.explode(F.array("post.lang", F.lit(ALL_LANGUAGES))).alias("language"),
            F.concat(F.array(F.lit(TOTAL_KEY)), keys).alias("keys"),
        )
        .select("day", "language", F.explode("keys").alias("key"))
        .groupBy("day", "language", "key")
        .count()
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
