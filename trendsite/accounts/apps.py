"""The Django app of the people who log in."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from trendsite.accounts.roles import let_admins_do_everything


class AccountsConfig(AppConfig):
    """Names the app, and keeps the role ``admin`` complete."""

    name = "trendsite.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Follow the permissions of every app; Django's own handler, which makes them, was connected before."""
        post_migrate.connect(let_admins_do_everything, dispatch_uid="let-admins-do-everything")
