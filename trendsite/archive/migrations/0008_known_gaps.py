from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0007_hour_authors"),
    ]

    operations = [
        migrations.AddField(
            model_name="day",
            name="known_gaps",
            field=models.JSONField(
                help_text="Times of which the source knew that posts are missing, with the reason; empty where unknown.",
                null=True,
            ),
        ),
    ]
