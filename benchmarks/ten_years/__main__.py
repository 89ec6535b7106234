"""``python -m benchmarks.ten_years [--days 3650]``: how long the database takes for every page about archived days.

The days are made once, in the benchmarks' folder of the user's cache: ten years of them are about 8 GB and take some
minutes. Each page is asked for three times, so what it reads is in memory; the time is the processor's for all its
questions, until their last row.
"""

import argparse
import os
from datetime import timedelta

import django

from benchmarks.figures import Figure, at_most
from benchmarks.table import as_text
from benchmarks.ten_years import days

TARGET_MS = 100


def main() -> None:
    """Make the days, ask for every page, print the figures; with ``--explain`` slow questions as well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=3_650)
    parser.add_argument("--explain", action="store_true")
    arguments = parser.parse_args()
    folder = days.database_of(arguments.days)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DATA_DIR"] = str(folder)
    os.environ["REDIS_URL"] = f"unix://{folder}/no-redis.sock"
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "trendsite.settings"
    django.setup()
    days.make(arguments.days, print)
    _measure(arguments.explain)


def _measure(explain: bool) -> None:
    # Only now: these need the settings that were made above.
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment

    from benchmarks.ten_years.pages import ask, pages

    setup_test_environment()
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    user, _ = User.objects.get_or_create(username="benchmark", is_staff=True, is_superuser=True)
    client = Client(raise_request_exception=True)
    client.force_login(user)
    figures = []
    for name, address in pages(days.LAST_DAY - timedelta(days=10)):
        asked = ask(client, name, address)
        note = f"{asked.queries} questions; the page took {asked.page_seconds * 1_000:.0f} ms"
        figures.append(Figure("ten_years", name, asked.database_seconds * 1_000, "ms", at_most(TARGET_MS), note))
        if explain and asked.database_seconds * 1_000 > TARGET_MS:
            print(f"{name}:\n{asked.slowest}\n")
    print(as_text(figures))


if __name__ == "__main__":
    main()
