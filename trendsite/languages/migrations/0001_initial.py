"""Every language of the contract, tracked: a new installation collects everything."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from contract.language import LANGUAGES


def fill(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    language = apps.get_model("languages", "Language")
    language.objects.bulk_create([language(code=code) for code in sorted(LANGUAGES)], ignore_conflicts=True)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Language",
            fields=[
                ("code", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("tracked", models.BooleanField(default=True)),
            ],
            options={"ordering": ("code",)},
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
