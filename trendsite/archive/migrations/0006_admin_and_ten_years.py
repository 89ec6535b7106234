from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def order_keys_by_code_point(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """As SQLite and Python order them; a server's own collation would order ties otherwise, and find no beginnings."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE history_daycount ALTER COLUMN key TYPE varchar COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0005_hashtags_by_beginning"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="daycount",
            name="hashtags_by_beginning",
        ),
        migrations.RunPython(order_keys_by_code_point, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="daycount",
            index=models.Index(
                condition=models.Q(("language", "*")),
                fields=["language", "key", "posts", "day"],
                name="hashtags_by_beginning",
            ),
        ),
        migrations.AddField(
            model_name="day",
            name="dropped",
            field=models.JSONField(
                help_text="Dropped posts by reason, while the collector's clock was in this day; empty where unknown.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="ArchiveTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "work",
                    models.CharField(
                        choices=[
                            ("archive", "archive again"),
                            ("restore", "restore from storage"),
                            ("find", "restore all days that only storage has"),
                        ],
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=100)),
                ("date", models.DateField(null=True, verbose_name="day")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("working", "at work"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "verbose_name": "archive task",
                "verbose_name_plural": "archive tasks",
                "ordering": ("-pk",),
                "default_permissions": ("view", "add"),
                "indexes": [models.Index(fields=["date", "source"], name="tasks_of_a_day")],
            },
        ),
    ]
