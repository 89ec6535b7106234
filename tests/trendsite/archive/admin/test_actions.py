"""The admin's actions on selected days, their permissions and results, and what its pages show of tasks."""

import csv
import io
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission, User
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from contract.dropped import DroppedDay, write_dropped_day
from tests.trendsite.archive.admin.test_pages import COUNTS, DAYS, Page
from tests.trendsite.archive.conftest import DAY, ROWS, CloseDay, row
from tests.trendsite.stage import Stage
from trendsite.archive.models import ArchiveTask, Day, DayCount, DayLanguage
from trendsite.archive.tasks.wakeup import Wakeups

pytestmark = pytest.mark.django_db

TASKS = reverse("admin:history_archivetask_changelist")
FIND = reverse("admin:history_day_find")
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def day(close_day: CloseDay) -> Day:
    closed = close_day()
    write_dropped_day(closed.dropped_path, DroppedDay({"malformed": 7, "late": 1_200, "unusable_hashtag": 3}))
    call_command("archive")
    return Day.objects.get()


def log_in(client: Client, *permissions: str) -> Client:
    """Log a staff user with these permissions in."""
    user = User.objects.create_user("mia", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def viewer(client: Client) -> Client:
    return log_in(client, "view_day", "view_daycount", "view_daylanguage")


@pytest.fixture
def archivist(client: Client) -> Client:
    return log_in(client, "view_day", "view_daycount", "view_daylanguage", "add_archivetask")


def add_counts(day: Day, language: str, number: int) -> None:
    """Add hashtags in one language to a day."""
    DayLanguage.objects.create(day=day, language=language, posts=number, hashtags=number)
    DayCount.objects.bulk_create(
        DayCount(day=day, language=language, rank=rank, key=f"k{rank}", hashtag=f"K{rank}", posts=1)
        for rank in range(1, number + 1)
    )


def act(client: Client, action: str, *days: Day, **more: str) -> HttpResponse:
    return client.post(DAYS, {"action": action, "_selected_action": [str(day.pk) for day in days], **more})


def sent(answer: HttpResponse) -> bytes:
    """The whole content of a download, read as a server does."""
    assert isinstance(answer, StreamingHttpResponse)

    async def read() -> bytes:
        return b"".join([piece async for piece in answer])

    return async_to_sync(read)()


def test_selected_days_are_downloaded_as_csv(viewer: Client, day: Day, close_day: CloseDay) -> None:
    close_day(DAY - timedelta(days=1), [row("*", "", "", 1), row("*", FORMULA.casefold(), FORMULA, 1)])
    call_command("archive")
    answer = act(viewer, "download_csv", *Day.objects.all())
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="trendsite-simulator-2026-11-19-to-2026-11-20.csv"'
    rows = list(csv.DictReader(io.StringIO(sent(answer).decode())))
    assert len(rows) == 2 + len(ROWS)
    assert rows[1]["hashtag"] == f"'{FORMULA}"


def test_selected_days_are_downloaded_as_parquet(viewer: Client, day: Day) -> None:
    answer = act(viewer, "download_parquet", day)
    assert answer["Content-Disposition"] == 'attachment; filename="trendsite-simulator-2026-11-20.parquet"'
    assert pq.read_table(io.BytesIO(sent(answer))).num_rows == len(ROWS)


def test_all_days_that_match_can_be_selected_at_once(viewer: Client, day: Day, close_day: CloseDay) -> None:
    for ago in range(1, 4):
        close_day(DAY - timedelta(days=ago))
    call_command("archive")
    answer = act(viewer, "download_parquet", day, select_across="1")
    assert pq.read_table(io.BytesIO(sent(answer))).num_rows == 4 * len(ROWS)


@pytest.mark.parametrize(("action", "work"), [("archive_again", "archive"), ("restore", "restore")])
def test_a_task_is_requested_and_its_state_is_shown(
    archivist: Client, day: Day, stage: Stage, action: str, work: str
) -> None:
    assert act(archivist, action, day).status_code == 302
    task = ArchiveTask.objects.get()
    assert (task.work, task.day, task.asked_by, task.state) == (work, "2026-11-20, simulated posts", "mia", "waiting")
    assert Wakeups(stage.client).read()
    assert "task open" in Page(archivist, DAYS).cells["archive_state"][0]
    DayCount.objects.all().delete()
    call_command("archive")
    assert DayCount.objects.exists()
    assert "task" not in Page(archivist, DAYS).cells["archive_state"][0]
    listed = Page(archivist, TASKS)
    assert (listed.cells["about"], listed.cells["state"]) == (["2026-11-20, simulated posts"], ["done"])
    assert listed.cells["outcome"] == ["100 posts, 3 hashtags"]
    text = Page(archivist, reverse("admin:history_day_change", args=[day.pk])).text
    assert "· mia · done 100 posts, 3 hashtags" in text


def test_a_button_requests_the_days_that_only_storage_has(archivist: Client, day: Day) -> None:
    assert f'action="{FIND}"' in Page(archivist, DAYS).source
    Day.objects.all().delete()
    assert archivist.post(FIND).status_code == 302
    call_command("archive")
    assert Page(archivist, DAYS).cells["iso_date"] == ["2026-11-20"]


def test_a_viewer_cannot_request_tasks(viewer: Client, day: Day) -> None:
    page = Page(viewer, DAYS)
    assert "Download as CSV" in page.text
    assert "Archive again" not in page.text
    assert FIND not in page.source
    for action in ("archive_again", "restore"):
        act(viewer, action, day)
    assert viewer.post(FIND).status_code == 403
    assert viewer.get(TASKS).status_code == 403
    assert not ArchiveTask.objects.exists()


def test_anonymous_users_and_users_who_are_not_staff_are_redirected_to_the_login(client: Client, day: Day) -> None:
    for _ in range(2):
        for url in (DAYS, COUNTS, TASKS, FIND):
            assert "/login/" in client.post(url, {"action": "download_csv"})["Location"]
        client.force_login(User.objects.get_or_create(username="visitor")[0])


def test_a_get_request_creates_no_task(archivist: Client, day: Day) -> None:
    assert archivist.get(FIND).status_code == 405
    assert not ArchiveTask.objects.exists()


def test_not_even_a_superuser_can_change_a_task(admin_client: Client, day: Day) -> None:
    act(admin_client, "restore", day)
    task = ArchiveTask.objects.get()
    url = reverse("admin:history_archivetask_change", args=[task.pk])
    assert admin_client.post(url, {"state": "done"}).status_code == 403
    assert admin_client.post(reverse("admin:history_archivetask_delete", args=[task.pk])).status_code == 403
    assert admin_client.get(reverse("admin:history_archivetask_add")).status_code == 403
    assert admin_client.get(url).status_code == 200


def test_an_outcome_is_escaped(archivist: Client, day: Day) -> None:
    act(archivist, "restore", day)
    ArchiveTask.objects.update(outcome="<img src=x onerror=alert(1)>", source="<b>", state="failed")
    page = Page(archivist, TASKS)
    assert "<img src=x onerror=alert(1)>" in page.text
    assert "onerror=alert(1)>" not in page.source


def test_a_day_shows_its_gaps_and_dropped_posts(viewer: Client, day: Day) -> None:
    page = Page(viewer, reverse("admin:history_day_change", args=[day.pk]))
    assert "01:01 to 20:00, 20:01 to 21:00, 21:01 to 21:59, 22:01 to 23:59" in page.text
    assert "1,200 late, 7 not readable, 3 unusable hashtags" in page.text


def test_a_day_shows_that_gaps_and_dropped_posts_are_not_on_record(viewer: Client, day: Day) -> None:
    Day.objects.update(minutes=None, dropped=None)
    page = Page(viewer, reverse("admin:history_day_change", args=[day.pk]))
    assert "not on record: posts were not counted by minute" in page.text
    assert page.text.count("not on record") == 2


def test_a_day_without_gaps_and_dropped_posts_shows_none(viewer: Client, day: Day) -> None:
    Day.objects.update(minutes=[1] * 1_440, dropped={})
    page = Page(viewer, reverse("admin:history_day_change", args=[day.pk]))
    assert page.text.count("none") == 3


def test_a_search_shows_the_curve_in_the_language_of_the_filter(
    viewer: Client, day: Day, close_day: CloseDay, storage: FileSystemStorage
) -> None:
    close_day(DAY - timedelta(days=2), [row("*", "", "", 80), row("*", "worldcup", "WORLDCUP", 80)])
    call_command("archive")
    page = Page(viewer, COUNTS, {"q": "#WorldCup"})
    assert page.tags.count("figure") == 1
    assert "Most on 18 November 2026: 80. 120 in all, on the 2 days" in " ".join(page.text.split())
    assert page.cells["posts"] == ["40", "80"]
    spanish = Page(viewer, COUNTS, {"q": "worldcup", "language": "es"})
    assert "Most on 20 November 2026: 9. 9 in all, on the 1 day with" in " ".join(spanish.text.split())


def test_a_search_for_first_letters_lists_hashtags_without_a_curve(viewer: Client, day: Day) -> None:
    page = Page(viewer, COUNTS, {"q": "wor"})
    assert page.cells["hashtag"] == ["WorldCup"]
    assert "figure" not in page.tags
    assert "each on its latest day" in " ".join(page.text.split())


def test_every_list_is_paged(viewer: Client, day: Day) -> None:
    add_counts(day, "xx", 150)
    Day.objects.bulk_create(
        Day(source="old", date=date(2020, 1, 1) + timedelta(days=ago), archived_at=day.archived_at) for ago in range(70)
    )
    assert len(Page(viewer, COUNTS, {"language": "xx"}).cells["rank"]) == 100
    assert len(Page(viewer, COUNTS, {"language": "xx", "p": "2"}).cells["rank"]) == 50
    assert len(Page(viewer, DAYS).cells["iso_date"]) == 50
    assert len(Page(viewer, DAYS, {"p": "2"}).cells["iso_date"]) == 21


def test_a_list_is_limited_to_the_newest_days_and_says_so(
    viewer: Client, day: Day, close_day: CloseDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trendsite.archive.admin.count_admin.MAX_DAYS", 2)
    for ago in range(1, 3):
        close_day(DAY - timedelta(days=ago))
    call_command("archive")
    page = Page(viewer, COUNTS)
    assert "These are the newest 2 days." in " ".join(page.text.split())
    assert page.cells["day"] == ["2026-11-20, simulated posts"] * 3 + ["2026-11-19, simulated posts"] * 3
    oldest = {"day__date__year": "2026", "day__date__month": "11", "day__date__day": "18"}
    page = Page(viewer, COUNTS, oldest)
    assert page.cells["day"] == ["2026-11-18, simulated posts"] * 3
    assert "These are the newest" not in page.text


@pytest.mark.parametrize("query", ["p=abc", "q=" + "x" * 150, "language=" + "x" * 50])
def test_a_nonsensical_url_is_no_error(viewer: Client, day: Day, query: str) -> None:
    for url in (DAYS, COUNTS, reverse("admin:history_day_change", args=[day.pk])):
        assert viewer.get(f"{url}?{query}", follow=True).status_code == 200


def test_a_download_for_excel_is_utf_8_and_has_no_formula(viewer: Client, close_day: CloseDay) -> None:
    close_day(rows=[ROWS[0], row("*", "日本", "日本", 9, 4), row("*", FORMULA, FORMULA, 2, 1)])
    call_command("archive")
    answer = act(viewer, "download_excel", Day.objects.get())
    body = sent(answer)
    assert body.startswith(b"\xef\xbb\xbf")
    text = body.decode("utf-8-sig")
    assert "日本" in text
    assert f"'{FORMULA}" in text
    assert answer["Content-Disposition"] == f'attachment; filename="trendsite-simulator-{DAY}.excel.csv"'
