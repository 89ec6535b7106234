"""The group "editors": its members may choose the tracked languages."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAMES = {"change_language": "Can change language", "view_language": "Can view language"}


def make_group(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    # Django makes both only after all migrations, and then takes up the ones that are there.
    content_type, _ = content_types.get_or_create(app_label="languages", model="language")
    group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name="editors")
    for codename, name in NAMES.items():
        permission, _ = permissions.get_or_create(content_type=content_type, codename=codename, defaults={"name": name})
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("languages", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
