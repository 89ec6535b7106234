"""The names of columns as pages show them. Nothing in the database changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0009_pairs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="archivetask",
            name="asked_at",
            field=models.DateTimeField(verbose_name="requested at"),
        ),
        migrations.AlterField(
            model_name="archivetask",
            name="asked_by",
            field=models.CharField(max_length=150, verbose_name="requested by"),
        ),
        migrations.AlterField(
            model_name="archivetask",
            name="ended_at",
            field=models.DateTimeField(null=True, verbose_name="ended at"),
        ),
        migrations.AlterField(
            model_name="archivetask",
            name="outcome",
            field=models.CharField(blank=True, max_length=500, verbose_name="outcome"),
        ),
        migrations.AlterField(
            model_name="archivetask",
            name="source",
            field=models.CharField(blank=True, max_length=100, verbose_name="source"),
        ),
        migrations.AlterField(
            model_name="archivetask",
            name="state",
            field=models.CharField(
                choices=[("waiting", "waiting"), ("working", "at work"), ("done", "done"), ("failed", "failed")],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="archivetask",
            name="work",
            field=models.CharField(
                choices=[
                    ("archive", "archive again"),
                    ("restore", "restore from storage"),
                    ("find", "restore all days that only storage has"),
                ],
                max_length=10,
                verbose_name="work",
            ),
        ),
        migrations.AlterField(
            model_name="day",
            name="source",
            field=models.CharField(max_length=100, verbose_name="source"),
        ),
        migrations.AlterField(
            model_name="daycount",
            name="day",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="counts",
                to="history.day",
                verbose_name="day",
            ),
        ),
        migrations.AlterField(
            model_name="daycount",
            name="hashtag",
            field=models.CharField(help_text="The hashtag as pages show it.", verbose_name="hashtag"),
        ),
        migrations.AlterField(
            model_name="daycount",
            name="key",
            field=models.CharField(
                help_text="The folded hashtag that posts are counted by, without #.", verbose_name="key"
            ),
        ),
        migrations.AlterField(
            model_name="daycount",
            name="rank",
            field=models.PositiveIntegerField(verbose_name="rank"),
        ),
    ]
