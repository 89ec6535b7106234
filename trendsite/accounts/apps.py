"""The Django app of users."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy

from trendsite.accounts.roles import grant_all_to_admins


class AccountsConfig(AppConfig):
    """Names the app, and grants the role ``admin`` every permission."""

    name = "trendsite.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Grant the permissions of every app after Django's own handler, connected before, has created them."""
        # Their own names say how they work, not what they are about.
        apps.get_app_config("auth").verbose_name = gettext_lazy("Accounts")
        apps.get_app_config("axes").verbose_name = gettext_lazy("Failed log-ins")
        post_migrate.connect(grant_all_to_admins, dispatch_uid="grant-all-to-admins")
