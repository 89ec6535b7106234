"""The view with which the board opens for a user."""

from django.conf import settings
from django.db import models


class OwnBoard(models.Model):
    """The saved view of a user; without a row the board opens with the default view.

    ``query`` is the query string of the board's address. It is checked when it is saved and again when it is used,
    because the possible choices change from version to version.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="own_board"
    )
    query = models.CharField(max_length=500)

    class Meta:
        """Each user changes only their own row, on the board, so no permissions are needed."""

        default_permissions = ()
        verbose_name = "own board"
        verbose_name_plural = "own boards"

    def __str__(self) -> str:
        return self.query
