"""The words of each language on X, and who changed what."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("languages", "0002_editors")]

    operations = [
        migrations.AddField(
            model_name="language",
            name="x_terms",
            field=models.TextField(blank=True, default="", help_text="Words for X, one a line; none stands for ours."),
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField(help_text="When it was made (UTC).")),
                (
                    "made_by",
                    models.CharField(help_text="The editor's name at that time.", max_length=150),
                ),
                ("what", models.TextField()),
            ],
            options={"ordering": ("-pk",), "default_permissions": ()},
        ),
    ]
