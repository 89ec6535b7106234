"""The choice with which the board opens for a user."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_groups")]

    operations = [
        migrations.CreateModel(
            name="OwnBoard",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="own_board",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("query", models.CharField(max_length=500)),
            ],
            options={"verbose_name": "own board", "verbose_name_plural": "own boards", "default_permissions": ()},
        ),
    ]
