"""What the database keeps of a person beyond Django's own user: how the board opens for them."""

from django.conf import settings
from django.db import models


class OwnBoard(models.Model):
    """The choice with which the board opens for somebody; without a row it is everybody's.

    ``query`` is the query string of the board's address. It is checked when it is kept, and again when it is
    used, because what may be chosen changes from version to version.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="own_board"
    )
    query = models.CharField(max_length=500)

    class Meta:
        """Everybody changes their own on the board; there is nothing for permissions to say."""

        default_permissions = ()
        verbose_name = "own board"
        verbose_name_plural = "own boards"

    def __str__(self) -> str:
        return self.query
