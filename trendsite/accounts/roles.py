"""The roles: groups of Django, which ``migrations/0001_groups.py`` creates, and their permissions.

An app grants its permissions with :func:`grant` in a migration: once, so that later changes in the admin stay.
"""

from collections.abc import Iterable

from django.apps import AppConfig
from django.apps.registry import Apps
from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions
from django.utils.translation import gettext_lazy

VIEWER, EDITOR, ADMIN = ROLES = ("viewer", "editor", "admin")
ROLE_TITLES = {VIEWER: gettext_lazy("viewer"), EDITOR: gettext_lazy("editor"), ADMIN: gettext_lazy("admin")}
"""How pages name the roles; other groups have only their names."""


def grant(apps: Apps, using: str, app_label: str, codenames: Iterable[str], roles: Iterable[str]) -> None:
    """Grant permissions of an app to roles in a migration, before Django has created these permissions.

    ``apps`` is that of the migration and must contain the models. Granting twice changes nothing.
    """
    config = apps.get_app_config(app_label)
    # Django skips apps without models, and considers the app of a migration one.
    config.models_module = True  # type: ignore[assignment]  # any true value works
    create_permissions(config, verbosity=0, interactive=False, using=using, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    granted = permissions.filter(content_type__app_label=app_label, codename__in=list(codenames))
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=list(roles)):
        group.permissions.add(*granted)


def grant_all_to_admins(sender: AppConfig, using: str, apps: Apps = installed, **_: object) -> None:
    """Grant the role ``admin`` every permission of an app that was just migrated, new ones included."""
    try:
        groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    except LookupError:
        return  # users are not migrated yet
    group = groups.using(using).filter(name=ADMIN).first()
    if group:
        group.permissions.add(*permissions.using(using).filter(content_type__app_label=sender.label))
