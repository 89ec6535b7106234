"""Every page in Arabic runs from right to left and has no English sentence; its digits are Western."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client

from contract.gap import Gap
from contract.language import LANGUAGES
from tests.translations.test_marking import NAMES, SHOWN_ATTRIBUTES
from tests.trendsite.stage import NOW, Stage
from trendsite.archive.models import Day

pytestmark = pytest.mark.django_db

ArchiveDay = Callable[..., Day]

# What is in Latin letters in any language: names of ours and of others, and addresses and settings in `code`.
LATIN = {
    *(*NAMES, *LANGUAGES, "Webhook", "apprise", "admin", "MiB", "NTP", "curl", "US", "GB", "S3", "rss"),
    *("make", "status", "var", "log", "cats", "dogs", "birds", "nobody", "ca", "zzz"),
}
NOT_PROSE = ("script", "style", "code", "pre", "kbd", "bdi", "textarea", "output")
VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]{2,}")
# Addresses, settings, time zones and the like.
_NOT_WORDS = re.compile(r"\S*(?:[/@=_]|[.]\w)\S*")


class Visible(HTMLParser):
    """Collects the Latin words that a reader of the page sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        foreign = tag in NOT_PROSE or named.get("lang") not in (None, "ar")
        # A language to choose stands there by its own name.
        foreign |= tag == "option" and named.get("value") in LANGUAGES
        hidden = foreign or any(is_hidden for _, is_hidden in self._open)
        if not hidden:
            self._add(*(named.get(name) or "" for name in SHOWN_ATTRIBUTES))
            if named.get("name") == "description":
                self._add(named["content"])
        if tag not in VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(is_hidden for _, is_hidden in self._open):
            self._add(data)

    def _add(self, *texts):
        self.words += [word for text in texts for word in _WORD.findall(_NOT_WORDS.sub(" ", text)) if word not in LATIN]


def english_words(html: str) -> list[str]:
    visible = Visible()
    visible.feed(html)
    return visible.words


@pytest.fixture
def full(stage: Stage, archive_day: ArchiveDay, record_frame: Callable[..., None]) -> None:
    """Today with posts, a race with a gap and a problem; two archived days of it and one of another source."""
    today = stage.day
    stage.report_all(datetime.now(UTC))
    stage.report_collector(datetime.now(UTC) - timedelta(minutes=1), gaps=[Gap(NOW, NOW, "", 2)], dropped={"late": 9})
    stage.count("*", {"cats": 4_000, "dogs": 1})
    stage.count_hour(NOW, "*", {"cats": 40})
    stage.count("en", {"cats": 3_000})
    stage.show()
    record_frame(today, "09:05", {"cats": 9, "dogs": 1})
    record_frame(today, "10:05", {"cats": 19, "dogs": 3})
    for ago in (1, 2):
        archive_day(today - timedelta(days=ago), {"*": {"cats": 9_000, "dogs": 2}, "en": {"cats": 8}})
    archive_day(date(2026, 10, 1), {"*": {"birds": 9}}, source="bluesky")


PAGES = (
    *("/", "/?window=hour&top=25", "/?window=rising", "/embed/", "/days/", "/days/?year=2020", "/days/2026-11-21/"),
    *("/days/2026-11-22/?at=09:30", "/days/2026-11-01/", "/hashtags/cats/", "/hashtags/cats/?day=2026-11-21"),
    *("/hashtags/cats/?source=nobody", "/hashtags/nobody/", "/search/", "/search/?q=ca", "/search/?q=zzz"),
    *("/search/?q=birds", "/status/", "/login/", "/forgotten-password/", "/forgotten-password/sent/", "/none"),
    *("/account/", "/account/password/", "/languages/", "/languages/en/", "/languages/changes/", "/moderation/"),
    *("/moderation/history/", "/people/", "/compare/?hashtags=cats,dogs", "/embed/builder/", "/embed/compare/"),
    *("/alerts/", "/alerts/new/", "/alerts/receivers/new/", "/alerts/preferences/", "/alerts/log/", "/api/"),
    *("/weeks/2026-W47/", "/months/2026-11/", "/years/2026/", "/invitation/none/", "/days/?year=2026"),
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.usefixtures("full")
def test_a_page_in_arabic_has_no_english(admin_client: Client, path: str) -> None:
    client = Client() if path.startswith(("/login", "/forgotten")) else admin_client
    html = client.get(path, headers={"accept-language": "ar"}).content.decode()
    assert re.search(r'<html lang="ar"\s+dir="rtl"', html)
    assert english_words(html) == []


def test_words_in_texts_and_attributes_are_found() -> None:
    html = '<p title="One"><input placeholder="Two">عربي Three UTC</p><bdi>cat</bdi><i lang="en">four</i><b>Five</b>'
    assert english_words(html) == ["One", "Two", "Three", "Five"]
