"""What a change of languages changed, so that its sentence can be in the reader's language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("languages", "0004_countries"),
    ]

    operations = [
        migrations.AddField(
            model_name="change",
            name="facts",
            field=models.JSONField(null=True),
        ),
    ]
