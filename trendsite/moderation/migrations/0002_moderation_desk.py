"""What the desk remembers: hashtags that editors allowed, and those that each user has marked as seen."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("hidden", "0001_hidden_hashtags"),
    ]

    operations = [
        migrations.CreateModel(
            name="AllowedHashtag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, unique=True, verbose_name="hashtag")),
                ("allowed_at", models.DateTimeField(auto_now_add=True, verbose_name="allowed at")),
                (
                    "allowed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="allowed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "allowed hashtag",
                "verbose_name_plural": "allowed hashtags",
                "ordering": ("-allowed_at", "-pk"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SeenHashtags",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("keys", models.JSONField(default=list)),
                ("marked_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "seen hashtags",
                "verbose_name_plural": "seen hashtags",
                "default_permissions": (),
            },
        ),
        migrations.AlterField(
            model_name="hiddenhashtag",
            name="hidden_at",
            field=models.DateTimeField(auto_now_add=True, verbose_name="hidden at"),
        ),
        migrations.AlterField(
            model_name="hiddenhashtag",
            name="hidden_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="hidden by",
            ),
        ),
        migrations.AlterField(
            model_name="hiddenhashtag",
            name="language",
            field=models.CharField(
                default="*",
                help_text="Hidden in one language, it is still in the ranking of all.",
                max_length=8,
                verbose_name="language",
            ),
        ),
        migrations.AlterField(
            model_name="hiddenhashtag",
            name="reason",
            field=models.CharField(help_text="Only editors see it.", max_length=200, verbose_name="reason"),
        ),
        migrations.AlterField(
            model_name="hiddenhashtag",
            name="until",
            field=models.DateTimeField(
                blank=True,
                help_text="UTC. Empty: until an editor unhides it.",
                null=True,
                verbose_name="until",
            ),
        ),
    ]
