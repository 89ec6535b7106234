"""What the database keeps of an archived day: its totals and its top hashtags, per language.

The archive writes these rows, the admin and the API read them. The whole counts are in storage. Beside them, what
somebody asked the archive to do again.
"""

from django.db import models

from contract.language import ALL_LANGUAGES
from trendsite.history.counts_field import CountsField

KEPT_RANKS = 1_000
"""How many hashtags of a day and language the database keeps; storage keeps all of them."""

AUTHORS_HELP = "About how many distinct authors; empty where the posts did not tell theirs."
HOURS_HELP = "Posts of each hour (UTC)."
HOUR_AUTHORS_HELP = "About how many distinct authors each hour (UTC) had; empty where the posts did not tell theirs."
MINUTES_HELP = "Posts of each minute (UTC), 1,440 of them; empty where they were not counted all day."
DROPPED_HELP = "What the collector dropped, by reason, while its stream's clock stood in this day; empty where unknown."


class Day(models.Model):
    """One UTC date of one source, whole and final: a row exists only once the day is archived."""

    source = models.CharField(max_length=100)
    date = models.DateField("day")
    archived_at = models.DateTimeField(help_text="When the day was first archived (UTC).")
    minutes = CountsField(null=True, help_text=MINUTES_HELP)
    dropped = models.JSONField(null=True, help_text=DROPPED_HELP)
    parquet_bytes = models.PositiveBigIntegerField("Parquet bytes", default=0, help_text="Size of the stored file.")
    csv_bytes = models.PositiveBigIntegerField("CSV bytes", default=0, help_text="Size of the stored file.")
    race_bytes = models.PositiveBigIntegerField(
        "race bytes", default=0, help_text="Size of the stored file; 0 where no race was recorded."
    )

    class Meta:
        """Newest first; the constraint's index serves that order, and the look-up of a day."""

        default_permissions = ("view",)
        verbose_name = "day"
        verbose_name_plural = "days"
        ordering = ("-date", "-source")
        constraints = (models.UniqueConstraint(fields=("date", "source"), name="one_day_per_source"),)

    def __str__(self) -> str:
        return f"{self.date.isoformat()} ({self.source})"


class DayLanguage(models.Model):
    """The totals of one day in one language; language ``*`` stands for all of them."""

    day = models.ForeignKey(Day, on_delete=models.CASCADE, related_name="languages", db_index=False)
    language = models.CharField(max_length=8)
    posts = models.PositiveBigIntegerField(help_text="All posts of the day, with or without a hashtag.")
    authors = models.PositiveBigIntegerField(null=True, help_text=AUTHORS_HELP)
    hours = CountsField(null=True, help_text=HOURS_HELP)
    hashtags = models.PositiveBigIntegerField("distinct hashtags")

    class Meta:
        """The constraint's index also serves the foreign key."""

        default_permissions = ("view",)
        verbose_name = "language of a day"
        verbose_name_plural = "languages of a day"
        ordering = ("-posts", "language")
        constraints = (models.UniqueConstraint(fields=("day", "language"), name="one_total_per_language"),)

    def __str__(self) -> str:
        return f"{self.language}: {self.posts} posts"


class DayCount(models.Model):
    """One of a day's top hashtags in one language; rank 1 is the most used."""

    day = models.ForeignKey(Day, on_delete=models.CASCADE, related_name="counts", db_index=False)
    language = models.CharField(max_length=8)
    rank = models.PositiveIntegerField()
    key = models.CharField(help_text="What the hashtag counts under: folded, without #.")
    hashtag = models.CharField(help_text="The hashtag as it is shown.")
    posts = models.PositiveBigIntegerField()
    authors = models.PositiveBigIntegerField(null=True, help_text=AUTHORS_HELP)
    hours = CountsField(null=True, help_text=HOURS_HELP)
    hour_authors = CountsField(null=True, help_text=HOUR_AUTHORS_HELP)

    class Meta:
        """The constraints' indexes serve the questions that are asked.

        A day's top list (day, language, rank), which also serves the foreign key; and a hashtag,
        in one day or through all of them (key, language, day). The index is for the search: which
        hashtags begin so, and what was the most that each had, among all languages. With ten years of days these
        are 44 million rows: every question is one of these, and ``benchmarks/ten_years.py`` times each.

        On PostgreSQL a migration gives ``key`` the collation "C": by code point, as SQLite and Python order. Ties are
        then in the same order everywhere, and an index finds beginnings.
        """

        default_permissions = ("view",)
        verbose_name = "top hashtag"
        verbose_name_plural = "top hashtags"
        ordering = ("-day__date", "-day__source", "language", "rank")
        constraints = (
            models.UniqueConstraint(fields=("day", "language", "rank"), name="one_hashtag_per_rank"),
            models.UniqueConstraint(fields=("key", "language", "day"), name="one_rank_per_hashtag"),
        )
        indexes = (
            models.Index(
                # The language, always the same, is here so that an answer needs the index alone.
                fields=("language", "key", "posts", "day"),
                condition=models.Q(language=ALL_LANGUAGES),
                name="hashtags_by_beginning",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rank}. {self.hashtag}: {self.posts} posts"


class DayRace(models.Model):
    """How the ranking of one day and language went, where that was recorded: frames of contract.race."""

    day = models.ForeignKey(Day, on_delete=models.CASCADE, related_name="races", db_index=False)
    language = models.CharField(max_length=8)
    frames = models.BinaryField(help_text="All frames, packed (trendsite.history.packed_frames).")

    class Meta:
        """The constraint's index also serves the foreign key. Nobody looks at these rows in the admin."""

        default_permissions = ()
        verbose_name = "race of a day"
        verbose_name_plural = "races of a day"
        constraints = (models.UniqueConstraint(fields=("day", "language"), name="one_race_per_language"),)

    def __str__(self) -> str:
        return f"{self.language}: race of {self.day}"


class ArchiveTask(models.Model):
    """Something that somebody asked the archive to do. The process that archives works these off, oldest first."""

    class Work(models.TextChoices):
        """What is to be done; each is harmless when it is done twice."""

        ARCHIVE = "archive", "archive again"
        RESTORE = "restore", "restore from storage"
        FIND = "find", "restore all days that only storage has"

    class State(models.TextChoices):
        """How far it is. One that was killed at work is found working, and begun again."""

        WAITING = "waiting", "waiting"
        WORKING = "working", "at work"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    work = models.CharField(max_length=10, choices=Work.choices)
    source = models.CharField(max_length=100, blank=True)
    date = models.DateField("day", null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=500, blank=True)

    class Meta:
        """Newest first. The index finds the tasks of a day; there are at most a few thousand in all."""

        default_permissions = ("view", "add")
        verbose_name = "archive task"
        verbose_name_plural = "archive tasks"
        ordering = ("-pk",)
        indexes = (models.Index(fields=("date", "source"), name="tasks_of_a_day"),)

    def __str__(self) -> str:
        return f"{self.get_work_display()}: {self.day}" if self.date else self.get_work_display()

    @property
    def day(self) -> str:
        """The day it is about, as a day is shown; empty where it is about no single one."""
        return f"{self.date.isoformat()} ({self.source})" if self.date else ""
