"""The Django app of the hidden hashtags."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy


class ModerationConfig(AppConfig):
    """Names the app, and announces every change of the table."""

    name = "trendsite.moderation"
    label = "hidden"
    verbose_name = gettext_lazy("Hidden hashtags")

    def ready(self) -> None:
        """Connect to the signals of the table."""
        # Models cannot be imported before.
        from trendsite.moderation.models import HiddenHashtag
        from trendsite.moderation.propagation import announce_after_commit

        for signal in (post_save, post_delete):
            signal.connect(announce_after_commit, sender=HiddenHashtag, dispatch_uid="announce-hidden")
