"""The view with which the board opens for a user, and invitations of people without an account."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy


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


class Invitation(models.Model):
    """A link that gives an account with a role, once. ``token_hash`` is the SHA-256 of the token in the link."""

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(gettext_lazy("e-mail"), blank=True)
    role = models.CharField(gettext_lazy("role"), max_length=10)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(gettext_lazy("invited at"))
    expires_at = models.DateTimeField(gettext_lazy("expires at"))

    class Meta:
        """Newest first. Whoever may change people may invite."""

        default_permissions = ()
        verbose_name = gettext_lazy("invitation")
        verbose_name_plural = gettext_lazy("invitations")
        ordering = ("-invited_at", "-pk")

    def __str__(self) -> str:
        return self.email or f"{self.role}"
