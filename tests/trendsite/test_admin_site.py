"""Questions that no list of the admin asks: never an error, never a long search, whoever asks."""

from datetime import UTC, date, datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from trendsite.archive.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db

HUGE = "9" * 20
LISTS = list(admin.site._registry)

MADE_UP = [
    "key__regex=^(a%2B)%2B$&language=en",
    "hashtag__iregex=(x%2Bx%2B)%2By",
    "password__startswith=pbkdf2",
    "user__password__startswith=p",
    "hidden_by__password__regex=.",
    "day__id__in=1,2",
    "day__languages__counts__isnull=1",
    "id__in=1,2,3",
    "pk=1",
    "date__range=",
    "date__gt=",
    "date__week=1",
    "nothing=1",
    f"date__year={HUGE}",
    "date__year=9999",
    "date__year=0",
    "date__year=-1",
    "date__year=x",
    "date__year=%D9%A2%D9%A0%D9%A2%D9%A6",
    "date__month=5",
    "date__year=2026&date__month=13",
    "date__year=2026&date__month=2&date__day=30",
    "day__date__year=9999&day__date__month=12&day__date__day=31",
    f"day__date__year={HUGE}",
    f"attempt_time__year={HUGE}",
    "attempt_time__gte=9999-12-31T23:59-14:00",
    "attempt_time__gte=rubbish",
    "attempt_time__isnull=rubbish",
    "is_staff__exact=rubbish",
    f"groups__id__exact={HUGE}",
    "groups__id__exact=rubbish",
    "source__exact=%ED%A0%80",
    f"p={HUGE}",
    "p=" + "9" * 5_000,
    "p=-1",
    "p=x",
    "all=",
    "all=1",
    f"o={HUGE}",
    "o=" + ".".join(["1"] * 3_000),
    "o=2.-3.x",
    "o=-",
    "o=1",
    "q=" + "a+" * 5_000,
    "q='\"",
    "q=%ED%A0%80",
    "_facets=1",
    "_popup=1&_to_field=password",
    "_to_field=id",
    "_changelist_filters=%00",
    "_changelist_filters=x%3D1",
    "e=1&key__regex=(a%2B)%2B",
    "e=1&o=999",
    "q=%00",
    "%00=1",
    "language=%00",
]


@pytest.fixture(params=["staff viewer", "editor", "superuser"])
def asking(request: pytest.FixtureRequest, client: Client) -> Client:
    user = User.objects.create_user("someone", is_staff=True, is_superuser=request.param == "superuser")
    if request.param != "superuser":
        user.groups.add(Group.objects.get(name=request.param.removeprefix("staff ")))
    client.force_login(user)
    client.raise_request_exception = False
    return client


@pytest.fixture
def day() -> Day:
    day = Day.objects.create(
        source="simulator", date=date(2026, 11, 20), archived_at=datetime(2026, 11, 22, tzinfo=UTC)
    )
    DayLanguage.objects.create(day=day, language="*", posts=7, hashtags=1)
    DayCount.objects.create(day=day, language="*", rank=1, key="a" * 30, hashtag="a" * 30, posts=7)
    return day


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_a_made_up_question_leads_to_the_list_or_is_refused(asking, day, model):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    answers = {query: asking.get(f"{url}?{query}").status_code for query in MADE_UP}
    assert {query: status for query, status in answers.items() if status not in {200, 302, 400, 403}} == {}


@pytest.mark.parametrize("query", ["key__regex=^(a%2B)%2B$&language=en", "o=2", "day__id__in=1", "hashtag__contains=a"])
def test_what_is_not_in_the_list_never_reaches_the_database(asking, day, query, django_assert_max_num_queries):
    url = reverse("admin:history_daycount_changelist")
    with django_assert_max_num_queries(4):  # who asks, and what they may
        assert asking.get(f"{url}?{query}").headers["Location"] == f"{url}?e=1"


@pytest.mark.parametrize(
    "query",
    [
        "date__year=2026&date__month=11&date__day=20",
        "source=simulator",
        "o=-1",
        "language=en",
        "p=1",
        "q=a",
        "_popup=1",
    ],
)
def test_what_the_list_offers_is_answered(asking, day, query):
    assert asking.get(f"{reverse('admin:history_day_changelist')}?{query}").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"action": "download_csv", "_selected_action": "rubbish", "index": "0"},
        {"action": "download_csv", "_selected_action": HUGE, "index": "0"},
        {"action": "download_csv", "_selected_action": "123456", "index": "0"},
        {"action": "download_parquet", "_selected_action": "123456", "index": "0"},
        {"action": "archive_again", "_selected_action": "\0", "index": "0"},
        {"action": "archive_again", "_selected_action": "123456", "index": "0"},
        {"action": "delete_selected", "_selected_action": ["1", "-1"], "index": HUGE, "post": "yes"},
        {"action": "no such", "_selected_action": "1", "index": "x"},
        {"action": "restore", "index": "0", "select_across": "1"},
        {"action": "archive_again", "_selected_action": "1", "index": "0", "select_across": "1", "_save": "1"},
    ],
)
@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_an_action_with_rubbish_is_no_error(asking, day, model, form):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert asking.post(url, form).status_code in {200, 302, 400, 403}


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_a_row_that_nobody_can_mean_is_not_found(asking, model):
    for key in (HUGE, "9" * 5_000, "rubbish", "%00", "-1", "_5F", "é"):
        for page in ("change", "delete", "history"):
            url = reverse("admin:index") + f"{model._meta.app_label}/{model._meta.model_name}/{key}/{page}/"
            assert asking.get(url).status_code in {302, 400, 403, 404}


@pytest.mark.parametrize("field", ["", "pk", "password", "no such", "id__regex", HUGE])
@pytest.mark.parametrize("model", [Day, DayCount, User], ids=lambda model: model.__name__)
def test_a_row_asked_for_by_a_strange_field_is_no_error(asking, day, model, field):
    url = reverse("admin:index") + f"{model._meta.app_label}/{model._meta.model_name}/{model.objects.first().pk}/"
    for page in ("change", "delete"):
        assert asking.get(f"{url}{page}/", {"_to_field": field}).status_code in {200, 302, 400, 403, 404}


@pytest.mark.parametrize("address", ["auth/user/{}/change/", "auth/group/add/", "auth/user/add/"])
@pytest.mark.parametrize("row", [HUGE, "-" + HUGE, "9223372036854775808", "rubbish", "1e9"])
def test_a_form_that_chooses_a_row_that_cannot_be_is_no_error(asking, address, row):
    url = reverse("admin:index") + address.format(User.objects.get().pk)
    form = {"name": "new", "username": "ada", "groups": row, "user_permissions": row, "permissions": row}
    assert asking.post(url, form).status_code in {200, 400, 403}
