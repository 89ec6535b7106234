"""Counting: DataFrames in, DataFrames out. The same code counts live, from recordings, and again from the state.

A state row is one (day, language, key, spelling, slot) of streaming.occurrences: its posts, a sketch of its
distinct authors, and its latest event time, where these are told.
"""

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from contract.closed_day import COLUMNS, HOURS, TOTAL_KEY
from contract.language import ALL_LANGUAGES
from streaming.occurrences import ANY_SPELLING, FIRST_MINUTE, WHOLE_DAY

GROUP = ("day", "language", "key", "spelling", "slot")

SKETCH_BITS = 10
"""A HyperLogLog sketch of 2**10 registers: a standard error of 1.04 / sqrt(1024) = 3.3% (Flajolet et al., 2007)."""


def count_posts(occurrences: DataFrame, first_day: date) -> DataFrame:
    """Return a row per GROUP of ``first_day`` and later: ``posts``, ``authors`` (a sketch), ``moment``."""
    return (
        occurrences.where(F.col("day") >= F.lit(first_day))
        .groupBy(*GROUP)
        .agg(
            F.sum("posts").alias("posts"),
            F.hll_sketch_agg("author", SKETCH_BITS).alias("authors"),
            F.max("moment").alias("moment"),
        )
    )


def counts_of_state(state: DataFrame) -> DataFrame:
    """Return the rows of a query's state as ``count_posts`` gives them.

    Spark calls the parts of a state's value by names of its own, and those of its key by the names they had when the
    checkpoint began; their order is that of ``count_posts``.
    """
    group = F.col("key").cast("struct<day:date, language:string, key:string, spelling:string, slot:int>")
    value = F.col("value").cast("struct<posts:bigint, authors:binary, moment:timestamp>")
    return state.select(group.alias("group"), value.alias("value")).select("group.*", "value.*")


def readable(counts: DataFrame) -> DataFrame:
    """Return counts with about how many ``authors`` in place of the sketch, null where no post told one.

    A sketch united with itself is the same sketch, but its estimate no longer depends on the
    order in which batches came; without that, a day counted again could differ from the first time.
    """
    estimate = F.hll_sketch_estimate(F.hll_union("authors", "authors"))
    # Nobody posts less than once, whatever the sketch says.
    return counts.withColumn("authors", F.nullif(F.least(estimate, "posts"), F.lit(0)))


def largest_counts(counts: DataFrame, keep: int) -> DataFrame:
    """Return readable counts without all but the ``keep`` largest hashtags of each day, slot and language."""
    is_spelling = F.col("spelling") != ANY_SPELLING
    by_size = Window.partitionBy("day", "language", "slot", is_spelling).orderBy(F.col("posts").desc(), "key")
    return counts.withColumn("size", F.row_number().over(by_size)).where(F.col("size") <= keep + 1).drop("size")


def closed_day_counts(counts: DataFrame, day: date) -> DataFrame:
    """Return a closed day of readable counts as contract.closed_day wants it."""
    of_day = closed_days_counts(counts.where(F.col("day") == F.lit(day)))
    return of_day.drop("day").orderBy("language", F.col("posts").desc(), "key")


def closed_days_counts(counts: DataFrame) -> DataFrame:
    """Return readable counts with a column ``day`` before those of contract.closed_day, in no order."""
    hours = [F.sum(F.when(F.col("slot") == hour, F.col("posts")).otherwise(0)) for hour in range(HOURS)]
    return (
        counts.where((F.col("spelling") == ANY_SPELLING) & (F.col("slot") < FIRST_MINUTE))
        .groupBy("day", "language", "key")
        .agg(
            F.sum(F.when(F.col("slot") == WHOLE_DAY, F.col("posts"))).alias("posts"),
            F.max("authors").alias("authors"),
            F.array(*hours).alias("hours"),
        )
        .join(_told_in_all(counts), ["day", "key"], "left")
        .withColumn("hashtag", F.coalesce("hashtag", "key"))
        .withColumn("minutes", _whole_minutes())
        .select("day", *COLUMNS)
    )


def _told_in_all(counts: DataFrame) -> DataFrame:
    """Return what is counted in all languages only: how each hashtag is shown, and the minutes of all posts.

    A hashtag is shown in the spelling that streaming.spellings prefers, here said in Spark's words. Both are
    told at once, because each look at the counts reads a whole state.
    """
    inner_capitals = F.regexp_count("spelling", F.lit(r"\p{Ll}\p{Lu}"))
    preference = F.struct(F.col("posts"), inner_capitals, F.col("spelling"))
    is_minute = F.col("slot") >= FIRST_MINUTE
    minute = F.struct((F.col("slot") - FIRST_MINUTE).alias("minute"), F.col("posts"))
    return (
        counts.where((F.col("spelling") != ANY_SPELLING) | is_minute)
        .groupBy("day", "key")
        .agg(
            F.max_by("spelling", preference).alias("hashtag"),
            F.collect_list(F.when(is_minute, minute)).alias("minutes"),
        )
    )


def _whole_minutes() -> Column:
    """Return the minutes of all posts as a map; null where they are not all there, and for everything else.

    They are not where the day began to be counted before minutes were.
    """
    posts = F.aggregate("minutes", F.lit(0).cast("bigint"), lambda total, minute: total + minute["posts"])
    is_everything = (F.col("language") == ALL_LANGUAGES) & (F.col("key") == TOTAL_KEY)
    is_whole = is_everything & (posts == F.col("posts"))
    return F.when(is_whole, F.map_from_entries(F.array_sort("minutes")))
