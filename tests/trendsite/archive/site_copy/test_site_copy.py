"""The nightly copy of accounts, languages, rules and boards, and its restore into an empty or another database."""

import gzip
import io
import json
import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import FileSystemStorage
from django.test import Client

from trendsite.accounts.models import OwnBoard
from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.staging import emptied
from trendsite.archive.site_copy.copy_file import Row, check_copy, read_copy, write_copy
from trendsite.archive.site_copy.nightly import RETAINED_COPIES, SITE_FOLDER, copy_name, store_copy, stored_copies
from trendsite.archive.site_copy.restore import RestoredSite, restore_site
from trendsite.archive.site_copy.tables import LEFT_OUT, TABLES
from trendsite.languages.models import Change, Language
from trendsite.languages.tracking import XSearch, save_search, save_tracked, search_of, tracked_codes
from trendsite.moderation.models import AllowedHashtag, HiddenHashtag
from trendsite.watches.models import Preferences, Receiver, Watch

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 28, 1, 30, 0, 123456, tzinfo=UTC)
PASSWORD = "correct horse 4711"
GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "site_copy.ndjson"


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    return emptied(tmp_path / "staging")


@pytest.fixture
def used_site() -> None:
    """A site that people have changed."""
    editor = User.objects.create_user("éditrice", "e@example.org", PASSWORD, first_name="Zoë", last_login=NOW)
    editor.groups.add(Group.objects.get(name="editor"))
    editor.user_permissions.add(Permission.objects.get(codename="view_day"))
    User.objects.create_user("gone", is_active=False)
    night = Group.objects.create(name="night shift")
    night.permissions.add(Permission.objects.get(codename="change_hiddenhashtag"))
    Group.objects.get(name="viewer").permissions.clear()
    OwnBoard.objects.create(user=editor, query="window=hour&languages=es,pt")
    codes = tracked_codes()
    save_tracked(codes, codes - {"de", "fr"}, "éditrice", NOW)
    shown = search_of(Language.objects.get(code="es"))
    save_search("es", shown, XSearch(("lluvia", "🌧️"), ("ES",)), "éditrice", NOW + timedelta(seconds=1))
    HiddenHashtag.objects.create(key="spam*", kind="pattern", reason="spam", hidden_by=editor)
    HiddenHashtag.objects.create(key="secret", language="es", reason="law", until=NOW + timedelta(days=900))
    AllowedHashtag.objects.create(key="kittens", allowed_by=editor)
    desk = Receiver.objects.create(user=editor, kind="webhook", name="desk", address="https://x/", secret="whsec_AAAA")
    watch = Watch.objects.create(user=editor, subject="pattern", key="vote*", condition="count", threshold=9)
    watch.receivers.add(desk)
    Preferences.objects.create(user=editor, time_zone="Asia/Tokyo", quiet_from=time(22), quiet_until=time(7))
    content_type = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=editor, content_type=content_type, object_id="17", object_repr="gone", action_flag=CHANGE
    )


def all_fields() -> dict[str, list[dict[str, Any]]]:
    """Every row that a copy should bring back, without keys that are made anew."""
    boards = OwnBoard.objects.values("user__username", "query")
    rules = HiddenHashtag.objects.values(
        "key", "kind", "language", "reason", "until", "hidden_at", "hidden_by__username"
    )
    log = LogEntry.objects.values("user__username", "content_type__model", "object_repr", "action_time", "action_flag")
    users = [
        {
            **User.objects.values().get(pk=user.pk),
            "id": None,
            "groups": sorted(user.groups.values_list("name", flat=True)),
            "permissions": sorted(user.user_permissions.values_list("codename", flat=True)),
        }
        for user in User.objects.order_by("username")
    ]
    groups = [
        {"name": group.name, "permissions": sorted(group.permissions.values_list("codename", flat=True))}
        for group in Group.objects.order_by("name")
    ]
    return {
        "users": users,
        "groups": groups,
        "boards": list(boards),
        "rules": list(rules.order_by("key")),
        "allowed": list(AllowedHashtag.objects.values("key", "allowed_at", "allowed_by__username")),
        "receivers": list(Receiver.objects.values("uid", "user__username", "kind", "name", "address", "secret")),
        "watches": list(Watch.objects.values("uid", "user__username", "key", "threshold", "receivers__name")),
        "preferences": list(Preferences.objects.values("user__username", "time_zone", "quiet_from", "feed_token")),
        "log": list(log),
        "languages": list(Language.objects.values()),
        "changes": list(Change.objects.values("made_at", "made_by", "what")),
    }


def as_migrated() -> None:
    """Bring the tables to what the migrations make."""
    for table in (LogEntry, HiddenHashtag, AllowedHashtag, Change, OwnBoard, User):
        table._default_manager.all().delete()
    Group.objects.filter(name="night shift").delete()
    viewer = Group.objects.get(name="viewer")
    viewer.permissions.set(Permission.objects.filter(codename__in=["view_day", "view_language"]))
    Language.objects.update(tracked=True, x_terms="", x_countries="")


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_every_table_is_copied_or_left_out_for_a_reason() -> None:
    copied = {table.label for table in TABLES}
    known = {model._meta.label_lower for model in apps.get_models(include_auto_created=False)}
    assert copied | LEFT_OUT.keys() >= known
    assert not copied & LEFT_OUT.keys()
    assert copied <= known


def test_an_empty_database_gets_everything_back(
    used_site: None, storage: FileSystemStorage, staging: Path, client: Client
) -> None:
    before = all_fields()
    assert store_copy(storage, staging, NOW)
    as_migrated()
    assert all_fields() != before
    restored = restore_site(storage, staging)
    assert all_fields() == before
    assert not restored.kept
    assert not restored.unusable
    assert client.post("/login/", {"username": "éditrice", "password": PASSWORD}).status_code == 302
    assert tracked_codes() == frozenset(Language.objects.values_list("code", flat=True)) - {"de", "fr"}


def test_a_second_restore_changes_nothing(used_site: None, storage: FileSystemStorage, staging: Path) -> None:
    store_copy(storage, staging, NOW)
    before = all_fields()
    restored = restore_site(storage, emptied(staging))
    assert all_fields() == before
    assert restored.lines() == ["site data of 2026-11-28: nothing added"]


def test_rows_that_exist_stay_and_are_counted_unless_they_shall_be_replaced(
    used_site: None, storage: FileSystemStorage, staging: Path
) -> None:
    store_copy(storage, staging, NOW)
    before = all_fields()
    User.objects.filter(username="gone").update(is_active=True)
    Language.objects.filter(code="de").update(tracked=True)
    HiddenHashtag.objects.get(key="secret").delete()
    changed = all_fields()
    restored = restore_site(storage, emptied(staging))
    assert all_fields() == {**changed, "rules": before["rules"]}
    assert restored.lines() == [
        "site data of 2026-11-28: 1 hidden hashtag added",
        "kept, though the copy differs: 1 user, 1 language; --replace takes the copy's rows instead",
    ]
    restored = restore_site(storage, emptied(staging), replace=True)
    assert all_fields() == before
    assert restored.lines()[1] == "replaced: 1 user, 1 language"


def test_the_first_run_of_a_day_stores_its_copy_and_later_ones_leave_it(
    used_site: None, storage: FileSystemStorage, staging: Path
) -> None:
    assert store_copy(storage, staging, NOW)
    path = Path(storage.path(copy_name(NOW.date())))
    stored = path.read_bytes()
    User.objects.all().delete()
    assert store_copy(storage, emptied(staging), NOW + timedelta(hours=22)) is None
    assert path.read_bytes() == stored


def test_only_the_newest_copies_are_retained(storage: FileSystemStorage, staging: Path) -> None:
    for day in range(RETAINED_COPIES + 5):
        store_copy(storage, emptied(staging), NOW + timedelta(days=day))
    days = stored_copies(storage)
    assert len(days) == RETAINED_COPIES
    assert days[-1] == NOW.date() + timedelta(days=RETAINED_COPIES + 4)


def test_a_copy_that_cannot_be_removed_is_no_failure(
    storage: FileSystemStorage, staging: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_self: object, _name: str) -> None:
        raise PermissionError("write once")

    monkeypatch.setattr(FileSystemStorage, "delete", refuse)
    for day in range(RETAINED_COPIES + 1):
        assert store_copy(storage, emptied(staging), NOW + timedelta(days=day))
    assert "2026-11-28.ndjson.gz was not removed: PermissionError: write once" in caplog.text


def test_password_hashes_are_for_their_owner_only_also_outside_of_data_dir(tmp_path: Path, staging: Path) -> None:
    root = tmp_path / "outside"
    storage = FileSystemStorage(
        location=root, allow_overwrite=True, file_permissions_mode=0o644, directory_permissions_mode=0o755
    )
    store_copy(storage, staging, NOW)
    modes = [path.stat().st_mode & 0o777 for path in (root, root / SITE_FOLDER, root / copy_name(NOW.date()))]
    assert modes == [0o755, 0o700, 0o600]


def test_a_day_chooses_the_newest_copy_until_then(used_site: None, storage: FileSystemStorage, staging: Path) -> None:
    store_copy(storage, staging, NOW)
    User.objects.filter(username="gone").delete()
    store_copy(storage, emptied(staging), NOW + timedelta(days=2))
    restored = restore_site(storage, emptied(staging), day=NOW.date() + timedelta(days=1))
    assert (restored.day, restored.added) == (NOW.date(), {"auth.user": 1})
    assert restore_site(storage, emptied(staging)).day == NOW.date() + timedelta(days=2)
    with pytest.raises(StorageError, match="no copy of the site's data of 2026-11-27 or before"):
        restore_site(storage, emptied(staging), day=date(2026, 11, 27))


def packed(content: bytes) -> bytes:
    """Return content compressed as a copy is."""
    file = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as lines:
        lines.write(content)
    return file.getvalue()


@pytest.mark.parametrize("where", [0, 5, 0.3, 0.6, 0.97])
def test_a_flipped_byte_is_found_before_anything_is_written(
    used_site: None, storage: FileSystemStorage, staging: Path, where: float
) -> None:
    store_copy(storage, staging, NOW)
    path = Path(storage.path(copy_name(NOW.date())))
    content = bytearray(path.read_bytes())
    content[where if isinstance(where, int) else int(len(content) * where)] ^= 0x10
    path.write_bytes(content)
    as_migrated()
    before = all_fields()
    with pytest.raises(StorageError, match=r"_site/2026-11-28.ndjson.gz is damaged"):
        restore_site(storage, emptied(staging))
    assert all_fields() == before


@pytest.mark.parametrize("bytes_left", [0, 10, 200])
def test_a_truncated_copy_is_found(used_site: None, storage: FileSystemStorage, staging: Path, bytes_left: int) -> None:
    store_copy(storage, staging, NOW)
    path = Path(storage.path(copy_name(NOW.date())))
    path.write_bytes(path.read_bytes()[:bytes_left])
    with pytest.raises(StorageError, match="is damaged"):
        restore_site(storage, emptied(staging))


def test_a_copy_with_lines_removed_is_found(used_site: None, storage: FileSystemStorage, staging: Path) -> None:
    store_copy(storage, staging, NOW)
    path = Path(storage.path(copy_name(NOW.date())))
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(packed(b"".join(lines[:5] + lines[6:])))
    with pytest.raises(StorageError, match="its checksum is wrong"):
        restore_site(storage, emptied(staging))


def store_rows(storage: FileSystemStorage, *rows: Row) -> None:
    path = Path(storage.path(copy_name(NOW.date())))
    path.parent.mkdir(parents=True)
    write_copy(path, NOW, rows)


def test_a_copy_of_an_older_version_gets_defaults_for_fields_that_it_lacks(
    storage: FileSystemStorage, staging: Path
) -> None:
    store_rows(
        storage,
        Row("auth.user", {"username": "old", "password": "md5$x$y"}),
        Row("languages.language", {"code": "de", "tracked": False}),
        Row("hidden.hiddenhashtag", {"key": "spam", "kind": "exact", "language": "*", "hidden_at": NOW.isoformat()}),
    )
    restored = restore_site(storage, staging)
    assert not restored.unusable
    user = User.objects.get()
    assert (user.username, user.password, user.is_active, user.email) == ("old", "md5$x$y", True, "")
    german = Language.objects.get(code="de")
    assert (german.tracked, german.x_terms, german.x_countries) == (False, "", "")
    rule = HiddenHashtag.objects.get()
    assert (rule.reason, rule.until, rule.hidden_by, rule.hidden_at) == ("", None, None, NOW)


def test_what_this_version_does_not_have_is_left_out_and_counted(storage: FileSystemStorage, staging: Path) -> None:
    store_rows(
        storage,
        Row("polls.poll", {"question": "?"}),
        Row("auth.group", {"name": "new", "colour": "red", "permissions": [["fly", "polls", "poll"]]}),
        Row("accounts.ownboard", {"user": ["nobody"], "query": "window=hour"}),
        Row("auth.user", {"email": "a@example.org"}),
        Row("auth.user", {"username": "a", "date_joined": "yesterday"}),
        Row("auth.user", {"username": "b" * 1_000, "password": "x", "is_staff": None}),
        Row("auth.user", {"username": "c", "groups": "editor"}),
        Row("auth.user", {"username": "fine"}),
        Row("auth.user", {"username": "fine"}),
    )
    restored = restore_site(storage, staging)
    assert restored.added == {"auth.group": 1, "auth.user": 1}
    assert list(Group.objects.get(name="new").permissions.all()) == []
    assert restored.unusable == {
        "polls.poll, which this version does not have": 1,
        "accounts.ownboard: the row of its user is missing": 1,
        "auth.user: a row without username": 1,
        "auth.user: date_joined has a value that does not fit": 1,
        "auth.user: no is_staff": 1,
        "auth.user: groups is no list": 1,
        "auth.user: refused by the database (IntegrityError)": 1,
    }


def test_a_copy_of_a_later_format_is_refused(storage: FileSystemStorage, staging: Path) -> None:
    store_rows(storage)
    path = Path(storage.path(copy_name(NOW.date())))
    text = gzip.decompress(path.read_bytes()).replace(b'"trendsite_site_copy": 1', b'"trendsite_site_copy": 2')
    path.write_bytes(packed(text))
    with pytest.raises(StorageError, match="is of a later version of Trendsite"):
        restore_site(storage, staging)


@pytest.fixture
def golden_site(used_site: None) -> None:
    """The used site with the same times and hashes each time, and without the role that gets each new permission."""
    Group.objects.get(name="admin").permissions.clear()
    User.objects.update(password="!", date_joined=NOW)
    HiddenHashtag.objects.update(hidden_at=NOW)
    AllowedHashtag.objects.update(allowed_at=NOW)
    Receiver.objects.update(uid="1" * 24)
    Watch.objects.update(uid="2" * 24, created_at=NOW)
    Preferences.objects.update(feed_token="3" * 32)
    LogEntry.objects.update(action_time=NOW)


def test_every_database_gives_the_same_copy(golden_site: None, storage: FileSystemStorage, staging: Path) -> None:
    store_copy(storage, staging, NOW)
    content = gzip.decompress(Path(storage.path(copy_name(NOW.date()))).read_bytes())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_bytes(content)
    assert content.decode() == GOLDEN.read_text()


def test_a_copy_of_another_database_is_restored(golden_site: None, storage: FileSystemStorage, staging: Path) -> None:
    before = all_fields()
    as_migrated()
    path = Path(storage.path(copy_name(NOW.date())))
    path.parent.mkdir(parents=True)
    path.write_bytes(packed(GOLDEN.read_bytes()))
    restored = restore_site(storage, staging)
    assert all_fields() == before
    assert not restored.unusable


def test_a_copy_has_no_keys_of_the_database_and_no_order_of_its_own(
    used_site: None, storage: FileSystemStorage, staging: Path
) -> None:
    store_copy(storage, staging, NOW)
    first, *rows, last = lines_of(Path(storage.path(copy_name(NOW.date()))))
    assert first == {"trendsite_site_copy": 1, "made_at": NOW.isoformat()}
    assert last["rows"] == len(rows)
    boards = [row["row"] for row in rows if row["table"] == "accounts.ownboard"]
    assert boards == [{"user": ["éditrice"], "query": "window=hour&languages=es,pt"}]
    assert not any({"id", "pk"} & row["row"].keys() for row in rows)


def test_a_restore_writes_all_or_nothing(
    used_site: None, storage: FileSystemStorage, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_copy(storage, staging, NOW)
    as_migrated()
    before = all_fields()

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(HiddenHashtag, "save_base", stop)
    with pytest.raises(KeyboardInterrupt):
        restore_site(storage, emptied(staging))
    assert all_fields() == before


def test_without_a_copy_the_error_says_so(storage: FileSystemStorage, staging: Path) -> None:
    with pytest.raises(StorageError, match="storage has no copy of the site's data"):
        restore_site(storage, staging)
    Path(storage.path(SITE_FOLDER)).mkdir(parents=True)
    (Path(storage.path(SITE_FOLDER)) / "notes.txt").touch()
    assert stored_copies(storage) == []


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        assert write_copy(tmp_path / name, NOW, [Row("t", {"b": 1, "a": "é"})]) == 1
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    check_copy(tmp_path / "a", "a")
    assert list(read_copy(tmp_path / "a", "a")) == [Row("t", {"a": "é", "b": 1})]
    assert RestoredSite(NOW.date()).lines() == ["site data of 2026-11-28: nothing added"]
