"""The countries of each language on X."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("languages", "0003_words_and_changes")]

    operations = [
        migrations.AddField(
            model_name="language",
            name="x_countries",
            field=models.CharField(
                blank=True, default="", help_text="Countries on X; none stands for all.", max_length=100
            ),
        ),
    ]
