"""The tables of archived days: totals, top hashtags and races of each language, and the tasks of the archive.

The archive writes these rows; admin, pages and API read them. Storage has all counts.
"""

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from contract.gap import Gap
from contract.language import ALL_LANGUAGES
from contract.race import Frame
from trendsite.archive.model_fields import CountsField, unpack_frames
from trendsite.sources import source_named

STORED_RANKS = 1_000
"""How many hashtags of a day and language the database stores, most posts first."""

STORED_PARTNERS = 10
"""How many partners of a top hashtag the database stores."""

SIZE_HELP = _("Size of the stored file.")
AUTHORS_HELP = "Distinct authors, estimated; empty where posts do not name their authors."
HOURS_HELP = "Posts of each hour (UTC)."
HOUR_AUTHORS_HELP = "Distinct authors of each hour (UTC), estimated; empty where posts do not name their authors."
MINUTES_HELP = "Posts of each of the 1,440 minutes (UTC); empty where they were not counted all day."
KNOWN_GAPS_HELP = "Times of which the source knew that posts are missing, with the reason; empty where unknown."
DROPPED_HELP = "Dropped posts by reason, while the collector's clock was in this day; empty where unknown."


class Day(models.Model):
    """One UTC date of one source. The row exists once the day is archived, and is final."""

    source = models.CharField(_("source"), max_length=100)
    date = models.DateField(_("day"))
    archived_at = models.DateTimeField(help_text="When the day was first archived (UTC).")
    minutes = CountsField(null=True, help_text=MINUTES_HELP)
    dropped = models.JSONField(null=True, help_text=DROPPED_HELP)
    known_gaps = models.JSONField(null=True, help_text=KNOWN_GAPS_HELP)
    parquet_bytes = models.PositiveBigIntegerField(
        _("Parquet bytes"), default=0, help_text=_("Size of the stored file.")
    )
    csv_bytes = models.PositiveBigIntegerField(_("CSV bytes"), default=0, help_text=_("Size of the stored file."))
    race_bytes = models.PositiveBigIntegerField(
        _("race bytes"), default=0, help_text=_("Size of the stored file; 0 where no race was recorded.")
    )

    class Meta:
        """Newest first. The index of the constraint serves this order and the look-up of a day."""

        default_permissions = ("view",)
        verbose_name = _("day")
        verbose_name_plural = _("days")
        ordering = ("-date", "-source")
        constraints = (models.UniqueConstraint(fields=("date", "source"), name="one_day_per_source"),)

    def __str__(self) -> str:
        return f"{self.date.isoformat()}, {source_named(self.source).exact_title}"

    def gaps_known(self) -> list[Gap]:
        """Return the times of which the source knew that posts are missing."""
        return msgspec.convert(self.known_gaps or [], list[Gap])


class DayLanguage(models.Model):
    """The totals of one day in one language; ``*`` stands for all languages."""

    day = models.ForeignKey(Day, on_delete=models.CASCADE, related_name="languages", db_index=False)
    language = models.CharField(max_length=8)
    posts = models.PositiveBigIntegerField(help_text="All posts of the day, with or without a hashtag.")
    authors = models.PositiveBigIntegerField(null=True, help_text=AUTHORS_HELP)
    hours = CountsField(null=True, help_text=HOURS_HELP)
    hashtags = models.PositiveBigIntegerField("distinct hashtags")

    class Meta:
        """The index of the constraint also serves the foreign key."""

        default_permissions = ("view",)
        verbose_name = "language of a day"
        verbose_name_plural = "languages of a day"
        ordering = ("-posts", "language")
        constraints = (models.UniqueConstraint(fields=("day", "language"), name="one_total_per_language"),)

    def __str__(self) -> str:
        return self.language


def hours_of_all(day: Day) -> list[int] | None:
    """Return the posts of each UTC hour of a day in all languages, None where they are unknown.

    In an hour without posts nothing was collected, so the posts of a hashtag are unknown there, not zero.
    """
    total = DayLanguage.objects.filter(day=day, language=ALL_LANGUAGES).first()
    return total.hours if total else None


class DayCount(models.Model):
    """One of a day's top hashtags in one language; rank 1 is the most used."""

    day = models.ForeignKey(Day, on_delete=models.CASCADE, related_name="counts", db_index=False, verbose_name=_("day"))
    language = models.CharField(max_length=8)
    rank = models.PositiveIntegerField(_("rank"))
    key = models.CharField(_("key"), help_text=_("The folded hashtag that posts are counted by, without #."))
    hashtag = models.CharField(_("hashtag"), help_text=_("The hashtag as pages show it."))
    posts = models.PositiveBigIntegerField()
    authors = models.PositiveBigIntegerField(null=True, help_text=AUTHORS_HELP)
    hours = CountsField(null=True, help_text=HOURS_HELP)
    hour_authors = CountsField(null=True, help_text=HOUR_AUTHORS_HELP)

    class Meta:
        """Every query uses one of three indexes. Ten years have 44 million rows; ``benchmarks/ten_years`` times each.

        (day, language, rank) serves the top list of a day, and the foreign key. (key, language, day) serves a hashtag
        in one day or in all days. ``hashtags_by_beginning`` serves the search: hashtags that start with a text, and the
        most posts of each, in all languages together.

        On PostgreSQL a migration gives ``key`` the collation "C", the order by code point that SQLite and Python have.
        So ties have the same order everywhere, and an index finds beginnings.
        """

        default_permissions = ("view",)
        verbose_name = _("top hashtag")
        verbose_name_plural = _("top hashtags")
        ordering = ("-day__date", "-day__source", "language", "rank")
        constraints = (
            models.UniqueConstraint(fields=("day", "language", "rank"), name="one_hashtag_per_rank"),
            models.UniqueConstraint(fields=("key", "language", "day"), name="one_rank_per_hashtag"),
        )
        indexes = (
            models.Index(
                # The language is constant here. With it, a query needs the index alone.
                fields=("language", "key", "posts", "day"),
                condition=models.Q(language=ALL_LANGUAGES),
                name="hashtags_by_beginning",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rank}. #{self.hashtag}"


class DayRace(models.Model):
    """The recorded race of one day and language: frames of contract.race."""

    day = models.ForeignKey(Day, on_delete=models.CASCADE, related_name="races", db_index=False)
    language = models.CharField(max_length=8)
    frames = models.BinaryField(help_text="All frames, packed (trendsite.archive.model_fields).")

    class Meta:
        """The index of the constraint also serves the foreign key. The admin does not list these rows."""

        default_permissions = ()
        verbose_name = "race of a day"
        verbose_name_plural = "races of a day"
        constraints = (models.UniqueConstraint(fields=("day", "language"), name="one_race_per_language"),)

    def __str__(self) -> str:
        return f"{self.language}: race of {self.day}"

    def unpacked_frames(self) -> list[Frame]:
        """Return the frames, oldest first."""
        return unpack_frames(self.frames)


class DayPartners(models.Model):
    """The hashtags used together with one of a day's top hashtags, in all languages."""

    day = models.ForeignKey(Day, on_delete=models.CASCADE, related_name="partners", db_index=False)
    key = models.CharField()
    partners = models.JSONField(
        help_text="The most posts of a hashtag that is not listed, then [key, hashtag, least, most posts] of each."
    )

    class Meta:
        """The index of the constraint also serves the foreign key. The admin does not list these rows."""

        default_permissions = ()
        verbose_name = "hashtags used together"
        verbose_name_plural = "hashtags used together"
        constraints = (models.UniqueConstraint(fields=("day", "key"), name="one_list_of_partners_per_hashtag"),)

    def __str__(self) -> str:
        return f"{self.key}: hashtags used together, {self.day}"


class ArchiveTask(models.Model):
    """Work that the admin requested. The process that archives does the tasks, oldest first."""

    class Work(models.TextChoices):
        """The kinds of tasks. Each may be done twice without harm."""

        ARCHIVE = "archive", _("archive again")
        RESTORE = "restore", _("restore from storage")
        FIND = "find", _("restore all days that only storage has")

    class State(models.TextChoices):
        """The state of a task. A killed task stays in ``working`` and starts again."""

        WAITING = "waiting", _("waiting")
        WORKING = "working", _("at work")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    work = models.CharField(_("work"), max_length=10, choices=Work.choices)
    source = models.CharField(_("source"), max_length=100, blank=True)
    date = models.DateField(_("day"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(_("requested by"), max_length=150)
    asked_at = models.DateTimeField(_("requested at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)

    class Meta:
        """Newest first. The index finds the tasks of a day among at most a few thousand."""

        default_permissions = ("view", "add")
        verbose_name = _("archive task")
        verbose_name_plural = _("archive tasks")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("date", "source"), name="tasks_of_a_day"),)

    def __str__(self) -> str:
        return f"{self.get_work_display()}: {self.day}" if self.date else self.get_work_display()

    @property
    def day(self) -> str:
        """The day of the task for display, empty for a task without a day."""
        return f"{self.date.isoformat()}, {source_named(self.source).exact_title}" if self.date else ""
