"""``python -m benchmarks.ten_years [--days 3650]``: time the database queries of every page about archived days.

The first run makes the days in the benchmarks' folder of the user's cache: ten years are about 8 GB and take some
minutes. Each page is requested three times, so its data are in memory. The figure is the CPU time of all its queries,
up to their last row.
"""

import argparse
import os
from datetime import timedelta

import django

from benchmarks.results import Figure, as_text, at_most
from benchmarks.ten_years import days

TARGET_MS = 100


def main() -> None:
    """Make the days, request every page and print the figures; with ``--explain`` print slow queries too."""
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
    # Imported here because they need the settings above.
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment

    from benchmarks.ten_years.pages import pages, request_page

    setup_test_environment()
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    user, _ = User.objects.get_or_create(username="benchmark", is_staff=True, is_superuser=True)
    client = Client(raise_request_exception=True)
    client.force_login(user)
    figures = []
    for name, address in pages(days.LAST_DAY - timedelta(days=10)):
        page = request_page(client, name, address)
        note = f"{page.queries} queries; the page took {page.page_seconds * 1_000:.0f} ms"
        figures.append(Figure("ten_years", name, page.database_seconds * 1_000, "ms", at_most(TARGET_MS), note))
        if explain and page.database_seconds * 1_000 > TARGET_MS:
            print(f"{name}:\n{page.slowest}\n")
    print(as_text(figures))


if __name__ == "__main__":
    main()
