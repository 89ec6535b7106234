"""Counting: DataFrames in, DataFrames out. The same code counts live and again from the state.

A count is the number of posts of (day, language, key, spelling). Each post counts in its own
language and in ``*`` for all. The empty key counts posts, tagged or not; an empty spelling counts
the key whatever its spelling; spellings are counted under ``*`` only.
"""

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from contract.closed_day import TOTAL_KEY
from contract.language import ALL_LANGUAGES

GROUP = ("day", "language", "key", "spelling")
ANY_SPELLING = ""


def count_posts(posts: DataFrame, first_day: date) -> DataFrame:
    """Return (day, language, key, spelling, posts) of the posts of ``first_day`` and later.

    ``posts`` has ``day``, ``language``, ``hashtags`` and ``spellings`` (as long as hashtags, or
    empty or null where they are spelled like their keys).
    """
    spellings = F.coalesce("spellings", "hashtags").alias("spellings")
    tags = F.posexplode_outer(F.arrays_zip("hashtags", spellings)).alias("position", "tag")
    shown = F.coalesce("tag.spellings", "tag.hashtags").alias("shown")
    occurrences = (
        posts.where(F.col("day") >= F.lit(first_day))
        .select("day", "language", tags)
        .select("day", "language", "position", "tag.hashtags", shown)
    )
    return (
        occurrences.select("day", F.explode(_counted_under()).alias("group"))
        .where("group is not null")
        .select("day", "group.*")
        .groupBy(*GROUP)
        .agg(F.count(F.lit(1)).alias("posts"))
    )


def _counted_under() -> Column:
    """Return every (language, key, spelling) that one hashtag, or one post without, counts under."""
    first = F.coalesce(F.col("position"), F.lit(0)) == 0
    tagged = F.col("position").isNotNull()
    language, everywhere = F.col("language"), F.lit(ALL_LANGUAGES)
    key, total, any_spelling = F.col("hashtags"), F.lit(TOTAL_KEY), F.lit(ANY_SPELLING)

    def group(of: Column, counted: Column, spelling: Column) -> Column:
        return F.struct(of.alias("language"), counted.alias("key"), spelling.alias("spelling"))

    return F.array(
        F.when(first, group(language, total, any_spelling)),
        F.when(first, group(everywhere, total, any_spelling)),
        F.when(tagged, group(language, key, any_spelling)),
        F.when(tagged, group(everywhere, key, any_spelling)),
        F.when(tagged, group(everywhere, key, F.col("shown"))),
    )


def largest_counts(counts: DataFrame, keep: int) -> DataFrame:
    """Return the counts without all but the ``keep`` largest hashtags of each day and language."""
    is_spelling = F.col("spelling") != ANY_SPELLING
    by_size = Window.partitionBy("day", "language", is_spelling).orderBy(F.col("posts").desc(), "key")
    return counts.withColumn("size", F.row_number().over(by_size)).where(F.col("size") <= keep + 1).drop("size")


def closed_day_counts(counts: DataFrame, day: date) -> DataFrame:
    """Return a closed day as contract.closed_day wants it: (language, key, hashtag, posts), sorted.

    A hashtag is shown in the spelling that streaming.spellings prefers, here said in Spark's words.
    """
    of_day = counts.where(F.col("day") == F.lit(day))
    inner_capitals = F.regexp_count("spelling", F.lit(r"\p{Ll}\p{Lu}"))
    preference = F.struct(F.col("posts"), inner_capitals, F.col("spelling"))
    shown = (
        of_day.where(F.col("spelling") != ANY_SPELLING)
        .groupBy("key")
        .agg(F.max_by("spelling", preference).alias("hashtag"))
    )
    return (
        of_day.where(F.col("spelling") == ANY_SPELLING)
        .join(shown, "key", "left")
        .select("language", "key", F.coalesce("hashtag", "key").alias("hashtag"), "posts")
        .orderBy("language", F.col("posts").desc(), "key")
    )
