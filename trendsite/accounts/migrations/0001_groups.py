"""The roles viewer, editor and admin; members of the older group "editors" become editors."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from trendsite.accounts.roles import EDITOR, ROLES, grant

VIEW_DAYS = ("view_day", "view_daylanguage", "view_daycount")


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(using)
    for role in ROLES:
        groups.get_or_create(name=role)
    editor = groups.get(name=EDITOR)
    for former in groups.filter(name="editors"):
        editor.user_set.add(*former.user_set.all())
        former.delete()
    grant(apps, using, "history", VIEW_DAYS, ROLES)
    grant(apps, using, "languages", ["view_language"], ROLES)
    # Adding and deleting is not for people: the list of languages is the contract's.
    grant(apps, using, "languages", ["change_language"], [EDITOR])


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("history", "0001_initial"),
        ("languages", "0002_editors"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
