"""The table of hidden hashtags, and leave for the group "editor" to change it."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from trendsite.accounts.roles import EDITOR, grant

CODENAMES = [f"{action}_hiddenhashtag" for action in ("add", "change", "delete", "view")]


def permit_editors(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant(apps, schema_editor.connection.alias, "hidden", CODENAMES, [EDITOR])


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("accounts", "0001_groups"),
    ]

    operations = [
        migrations.CreateModel(
            name="HiddenHashtag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("exact", "this hashtag"), ("pattern", "all like this pattern")],
                        default="exact",
                        max_length=8,
                        verbose_name="what is hidden",
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="Capitals and # do not matter. In a pattern, * stands for any characters.",
                        max_length=101,
                        verbose_name="hashtag or pattern",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        default="*",
                        help_text="Hidden in one language, it is still in the ranking of all.",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(help_text="Only editors see it.", max_length=200)),
                (
                    "until",
                    models.DateTimeField(blank=True, help_text="UTC. Empty: until an editor unhides it.", null=True),
                ),
                ("hidden_at", models.DateTimeField(auto_now_add=True)),
                (
                    "hidden_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "hidden hashtag",
                "verbose_name_plural": "hidden hashtags",
                "ordering": ("-hidden_at", "-pk"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "kind", "language"),
                        name="hidden_once",
                        violation_error_message="This is hidden already: unhide it first to change it.",
                    )
                ],
            },
        ),
        migrations.RunPython(permit_editors, migrations.RunPython.noop),
    ]
