"""The roles after a migration, and their permissions."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from trendsite.accounts.roles import ADMIN, EDITOR, ROLES, VIEWER

pytestmark = pytest.mark.django_db


def member(role):
    user = User.objects.create_user(f"a-{role}")
    user.groups.add(Group.objects.get(name=role))
    return user


def test_a_fresh_database_has_the_roles_and_no_other():
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_view_languages_and_past_days(role):
    looking = {"languages.view_language", "history.view_day", "history.view_daylanguage", "history.view_daycount"}
    assert looking <= member(role).get_all_permissions()


def test_a_viewer_can_change_nothing():
    assert all(".view_" in permission for permission in member(VIEWER).get_all_permissions())


def test_an_editor_can_change_languages_and_hide_hashtags_but_not_manage_users():
    changing = {permission for permission in member(EDITOR).get_all_permissions() if ".view_" not in permission}
    hiding = {f"hidden.{action}_hiddenhashtag" for action in ("add", "change", "delete")}
    assert changing == {"languages.change_language", *hiding}


def test_an_admin_has_every_permission():
    admin = member(ADMIN)
    assert len(admin.get_all_permissions()) == Permission.objects.count()
    assert admin.has_perm("auth.add_user")


def test_migrating_again_leaves_changed_roles_and_completes_the_admin():
    editor, admin = Group.objects.get(name=EDITOR), Group.objects.get(name=ADMIN)
    editor.permissions.clear()
    admin.permissions.clear()
    call_command("migrate", verbosity=0)
    assert editor.permissions.count() == 0
    assert admin.permissions.count() == Permission.objects.count()


def test_former_editors_are_editors_and_a_second_migration_changes_nothing():
    ada = User.objects.create_user("ada")
    ada.groups.add(Group.objects.create(name="editors"))
    migration = import_module("trendsite.accounts.migrations.0001_groups")
    for _ in range(2):
        migration.make_groups(MigrationLoader(connection).project_state().apps, SimpleNamespace(connection=connection))
    assert list(ada.groups.values_list("name", flat=True)) == [EDITOR]
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    assert Permission.objects.filter(codename="change_language").count() == 1
