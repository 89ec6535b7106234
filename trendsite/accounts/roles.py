"""The roles: groups of Django that ``migrations/0001_groups.py`` makes, and the permissions they are given.

An app that has something for a role calls :func:`grant` in a migration of its own: once, so that what somebody
changes later in the admin stays changed.
"""

from collections.abc import Iterable

from django.apps import AppConfig
from django.apps.registry import Apps
from django.apps.registry import apps as installed
from django.contrib.auth.management import create_permissions

VIEWER, EDITOR, ADMIN = ROLES = ("viewer", "editor", "admin")


def grant(apps: Apps, using: str, app_label: str, codenames: Iterable[str], roles: Iterable[str]) -> None:
    """Give permissions of an app to roles, in a migration, where Django has not made these permissions yet.

    ``apps`` is the migration's own; the models must be in it. Granting twice changes nothing.
    """
    config = apps.get_app_config(app_label)
    # Django skips apps without models, and takes the one of a migration for such.
    config.models_module = True  # type: ignore[assignment]  # any true value will do
    create_permissions(config, verbosity=0, interactive=False, using=using, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    granted = permissions.filter(content_type__app_label=app_label, codename__in=list(codenames))
    for group in apps.get_model("auth", "Group").objects.using(using).filter(name__in=list(roles)):
        group.permissions.add(*granted)


def let_admins_do_everything(sender: AppConfig, using: str, apps: Apps = installed, **_: object) -> None:
    """Give the role ``admin`` every permission of an app that was just migrated, also those that came since."""
    try:
        groups, permissions = apps.get_model("auth", "Group").objects, apps.get_model("auth", "Permission").objects
    except LookupError:
        return  # users are not migrated yet
    group = groups.using(using).filter(name=ADMIN).first()
    if group:
        group.permissions.add(*permissions.using(using).filter(content_type__app_label=sender.label))
