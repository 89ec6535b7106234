"""The Django app of the hidden hashtags."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class HiddenConfig(AppConfig):
    """Names the app, and announces every change, wherever it is made."""

    name = "trendsite.hidden"
    label = "hidden"
    verbose_name = "Hidden hashtags"

    def ready(self) -> None:
        """Listen to changes of the table."""
        # Models can be imported only now.
        from trendsite.hidden.announce import announce_after_commit
        from trendsite.hidden.models import HiddenHashtag

        for signal in (post_save, post_delete):
            signal.connect(announce_after_commit, sender=HiddenHashtag, dispatch_uid="announce-hidden")
