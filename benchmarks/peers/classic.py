"""The classic design: a DStream of text lines, Python lambdas, state by key, and SQL for the top ten of each batch.

Run as ``python -m benchmarks.peers.classic PORT REDIS_URL FOLDER``.
"""

import sys
from itertools import groupby
from operator import add

from pyspark import RDD
from pyspark.sql import SparkSession
from pyspark.streaming import StreamingContext

from benchmarks.peers.board import TOP, Group, PeerBoard, groups_of

INTERVAL_SECONDS = 2

_COLUMNS = "day string, language string, key string, posts long"

# As few tasks a batch as two cores need: by default there are ten, and each costs more than its posts.
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.default.parallelism": "2",
    "spark.sql.shuffle.partitions": "2",
    "spark.streaming.blockInterval": "1s",
}

# All posts have the empty key, and are never fewer than those of a hashtag.
_TOPS = """
    select language, key, posts from (
        select *, row_number() over (partition by language order by posts desc, key) as place from counts
    ) where place <= :places order by language, place
"""


def main(port: int, redis_url: str, folder: str) -> None:
    """Count until killed."""
    # One thread is the receiver's, two count.
    builder = SparkSession.builder.master("local[3]").config("spark.driver.memory", "1g")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    context = StreamingContext(session.sparkContext, INTERVAL_SECONDS)
    context.checkpoint(folder)
    counts = (
        context.socketTextStream("127.0.0.1", port)
        .flatMap(groups_of)
        .map(lambda group: (group, 1))
        .reduceByKey(add)
        .updateStateByKey(lambda new, total: sum(new, total or 0))
    )
    counts.foreachRDD(lambda counted: _rank(redis_url, counted))
    context.start()
    context.awaitTermination()


def _rank(redis_url: str, counts: RDD[tuple[Group, int]]) -> None:
    # The checkpoint holds this function, so what it works with must be had anew.
    session, board = SparkSession.builder.getOrCreate(), PeerBoard(redis_url)
    rows = counts.map(lambda count: (*count[0], count[1]))
    session.createDataFrame(rows, _COLUMNS, verifySchema=False).createOrReplaceTempView("counts")
    for language, places in groupby(
        session.sql(_TOPS, args={"places": TOP + 1}).collect(), key=lambda place: place["language"]
    ):
        (_, _, posts), *top = places
        board.publish(language, [(key, number) for _, key, number in top], posts)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
