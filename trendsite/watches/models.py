"""The tables of the users' alerts: what a user watches, where alerts go, and what waits for delivery.

A watch has an episode of a hashtag while its condition holds and for an hour after. The row is what makes it one
alert: it is written in one transaction with the alert and its deliveries. Every table is bounded for each user.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contract.post import MAX_HASHTAG_CHARACTERS

MAX_WATCHES = 20
"""Watches of a user."""

MAX_RECEIVERS = 10
"""Receivers of a user."""

MAX_WATCHES_OF_SITE = 2_000
"""Watches of all users: each pass reads what they ask for."""

MAX_WAITING = 500
"""Deliveries of a user that may wait. Beyond it the oldest are dropped, and the log says so."""

MAX_ALERTS = 500
"""Alerts of a user in the log and the feed. Older ones are removed."""

EPISODE_ENDS_AFTER = timedelta(minutes=60)
"""How long a condition must be false before its episode ends, so that a hashtag on the edge is one alert."""


def new_id() -> str:
    """Return a name that no other row of any database has."""
    return secrets.token_hex(12)


def new_token() -> str:
    """Return a part of an address that nobody can guess: 192 bits."""
    return secrets.token_urlsafe(24)


class Preferences(models.Model):
    """When a user gets alerts, and the private feed. Times of day are in the user's time zone."""

    class QuietMode(models.TextChoices):
        """What happens to alerts of the quiet hours."""

        HOLD = "hold", _("Send them together when the quiet hours end")
        DROP = "drop", _("Do not send them: they are only in the log and the feed")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="alert_preferences"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    quiet_mode = models.CharField(
        _("alerts of the quiet hours"), max_length=8, choices=QuietMode.choices, default=QuietMode.HOLD
    )
    digest_hour = models.PositiveSmallIntegerField(_("daily digest"), null=True, blank=True)
    digest_sent_on = models.DateField(null=True, editable=False)
    locale = models.CharField(max_length=16, default="en")
    feed_token = models.CharField(max_length=64, unique=True, default=new_token)

    class Meta:
        """Each user changes only their own row, so no permissions are needed."""

        default_permissions = ()
        verbose_name = "alert preferences"
        verbose_name_plural = "alert preferences"

    def __str__(self) -> str:
        return f"alert preferences of {self.user}"


class ReceiverManager(models.Manager["Receiver"]):
    """Finds a receiver by what it is called in any database."""

    def get_by_natural_key(self, uid: str) -> "Receiver":
        """Return the receiver."""
        return self.get(uid=uid)


class Receiver(models.Model):
    """Where alerts of a user go. ``failures`` in a row delay only this receiver, until ``retry_at``."""

    class Kind(models.TextChoices):
        """How a message is sent."""

        MAIL = "mail", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")
        APPRISE = "apprise", _("Chat or push service")

    uid = models.CharField(max_length=32, unique=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_receivers")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60)
    address = models.CharField(_("address"), max_length=500, blank=True)
    secret = models.CharField(max_length=100, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    retry_at = models.DateTimeField(null=True, editable=False)

    objects = ReceiverManager()

    class Meta:
        """By name; names are unique, because people choose by them."""

        default_permissions = ()
        verbose_name = "alert receiver"
        verbose_name_plural = "alert receivers"
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=("user", "name"), name="receiver_once"),)

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        """Return what the receiver is called in any database."""
        return (self.uid,)


class Watch(models.Model):
    """What a user watches, and when it becomes an alert.

    ``languages`` and ``networks`` are codes with commas, empty for all. ``started_at`` is when its condition was first
    looked at: what held then is no alert, because nothing changed.
    """

    class Subject(models.TextChoices):
        """Which hashtags are watched."""

        HASHTAG = "hashtag", _("One hashtag")
        PATTERN = "pattern", _("All hashtags like a pattern")
        NEWCOMERS = "newcomers", _("Newcomers: hashtags that were not among the first 100 of the last 7 days")

    class Condition(models.TextChoices):
        """What must become true."""

        DAY = "day", _("It enters the top of today")
        HOUR = "hour", _("It enters the top of the last hour")
        RISING = "rising", _("It rises above a number of times the usual")
        COUNT = "count", _("It passes a number of posts in an hour")

    uid = models.CharField(max_length=32, unique=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches")
    subject = models.CharField(max_length=10, choices=Subject.choices, default=Subject.HASHTAG)
    key = models.CharField(max_length=MAX_HASHTAG_CHARACTERS + 1, blank=True)
    condition = models.CharField(max_length=8, choices=Condition.choices, default=Condition.DAY)
    threshold = models.PositiveIntegerField(default=10)
    languages = models.CharField(max_length=200, blank=True)
    networks = models.CharField(max_length=100, blank=True)
    receivers = models.ManyToManyField(Receiver, blank=True, related_name="watches")
    is_on = models.BooleanField(default=True)
    locale = models.CharField(max_length=16, default="en")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        """In the order in which they were made."""

        default_permissions = ()
        verbose_name = "watch"
        verbose_name_plural = "watches"
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.subject} {self.key}: {self.condition} {self.threshold}"


class Episode(models.Model):
    """A hashtag for which a watch's condition holds, or held until ``false_since``.

    While nothing is counted, a condition is neither true nor false, and its episode goes on.
    """

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="episodes")
    key = models.CharField(max_length=MAX_HASHTAG_CHARACTERS)
    since = models.DateTimeField()
    false_since = models.DateTimeField(null=True)

    class Meta:
        """One at a time of each hashtag."""

        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("watch", "key"), name="episode_once"),)

    def __str__(self) -> str:
        return self.key


class Alert(models.Model):
    """What happened, in the language of its user. It is an entry of the log and of the feed."""

    uid = models.CharField(max_length=32, unique=True, default=new_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts")
    watch = models.ForeignKey(Watch, on_delete=models.SET_NULL, null=True, related_name="alerts")
    at = models.DateTimeField()
    key = models.CharField(max_length=MAX_HASHTAG_CHARACTERS)
    text = models.CharField(max_length=500)
    facts = models.JSONField(default=dict)

    class Meta:
        """Newest first."""

        default_permissions = ()
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("user", "-at"), name="alerts_of_user"),)

    def __str__(self) -> str:
        return self.text


class Delivery(models.Model):
    """A message to one receiver. Those that are ``is_held`` go together, as one summary, when they are due."""

    class Kind(models.TextChoices):
        """What the message is."""

        ALERT = "alert", _("Alert")
        TEST = "test", _("Test")
        DIGEST = "digest", _("Daily digest")

    class State(models.TextChoices):
        """Where the message is."""

        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("Not sent")

    uid = models.CharField(max_length=32, unique=True, default=new_id)
    receiver = models.ForeignKey(Receiver, on_delete=models.CASCADE, related_name="deliveries")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, related_name="deliveries")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.ALERT)
    subject = models.CharField(max_length=500)
    text = models.TextField(max_length=10_000)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    is_held = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    attempts = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Oldest first, as they are sent."""

        default_permissions = ()
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("state", "due_at"), name="deliveries_due"),
            models.Index(fields=("receiver", "state"), name="deliveries_of_receiver"),
        )

    def __str__(self) -> str:
        return self.subject

    @property
    def attempts_in_words(self) -> list[tuple[str, str]]:
        """The time (UTC) of each attempt, and what became of it in the active language."""
        return [(at, gettext(text) % values if values else gettext(text)) for at, text, values in self.attempts]
