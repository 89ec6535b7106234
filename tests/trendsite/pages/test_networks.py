"""Pages about several networks: added up by default, each with its share, and links that narrow to one."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.test import Client

from tests.trendsite.pages.conftest import ArchiveDay
from tests.trendsite.stage import Stage
from trendsite.archive.models import Day

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _two_networks(archive_day: ArchiveDay, stage: Stage) -> None:
    archive_day(DAY, {"*": {"Cats": 10, "Birds": 9}, "en": {"Cats": 10, "Birds": 9}}, source="bluesky")
    archive_day(DAY, {"*": {"Dogs": 10, "Birds": 9}, "ja": {"Dogs": 10, "Birds": 9}}, source="mastodon")


def get(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def pills(page: str) -> list[tuple[str, str, bool]]:
    """The links to sources: address, title, and whether it is the shown one."""
    nav = re.search(r'aria-label="Source">(.*?)</nav>', page)
    assert nav
    found = re.findall(r'<a href="([^"]*)"([^>]*)>(.*?)</a>', nav[1])
    return [(unescape(address), title, "aria-current" in attributes) for address, attributes, title in found]


def test_a_day_adds_up_its_networks_and_each_hashtag_has_their_shares(client: Client) -> None:
    page = get(client, "/days/2026-11-20/")
    assert re.findall(r"<bdi>#(\w+)</bdi></a>\s*<small[^>]*>([^<]*)", page)[:2] == [
        ("Birds", "Bluesky 50 %, Mastodon 50 %"),
        ("Cats", "Bluesky 100 %"),
    ]
    assert pills(page) == [
        ("/days/2026-11-20/", "All networks", True),
        ("/days/2026-11-20/?networks=bluesky", "Bluesky", False),
        ("/days/2026-11-20/?networks=mastodon", "Mastodon", False),
    ]
    shares = re.search(r'aria-label="Posts by network">(.*?)</ul>', page)
    assert shares
    assert re.findall(r'>(\w+)</a> <span class="number">(\d+)</span> <small>(.*?)</small>', shares[1]) == [
        ("Bluesky", "19", "50 %"),
        ("Mastodon", "19", "50 %"),
    ]


def test_a_day_of_one_chosen_network_carries_the_choice_on(client: Client) -> None:
    page = get(client, "/days/2026-11-20/?networks=mastodon&languages=ja")
    assert re.findall(r"<bdi>#(\w+)</bdi>", page)[:2] == ["Dogs", "Birds"]
    assert "Posts by network" not in page
    assert "/hashtags/dogs/?day=2026-11-20&networks=mastodon" in unescape(page)
    assert pills(page)[0] == ("/days/2026-11-20/?languages=ja", "All networks", False)
    assert [is_shown for _, _, is_shown in pills(page)] == [False, False, True]


def test_a_day_of_one_network_looks_as_it_does_without_networks(client: Client, archive_day: ArchiveDay) -> None:
    archive_day(date(2026, 11, 19), {"*": {"Cats": 1}}, source="bluesky")
    page = get(client, "/days/2026-11-19/")
    assert "Source: Bluesky" in page
    assert "All networks" not in page
    assert re.search(r'<small class="of-networks"></small>', page)


def test_a_network_without_the_day_leads_to_those_that_have_it(client: Client) -> None:
    page = get(client, "/days/2026-11-20/?networks=x", 404)
    assert "No data from X" in page
    other = get(client, "/days/2026-11-19/?networks=bluesky", 404)
    assert "No data for 19 November 2026" in other


def test_the_gaps_that_a_network_knows_are_listed_with_their_reason(client: Client) -> None:
    gap = {"start": "2026-11-20T03:10:00Z", "end": "2026-11-20T03:25:09Z", "reason": "the cursor was <too> old"}
    Day.objects.filter(source="bluesky").update(known_gaps=[gap])
    page = get(client, "/days/2026-11-20/")
    assert "Posts of Bluesky are missing (UTC): from 03:10:00 to 03:25:09, the cursor was &lt;too&gt; old" in page


def test_a_gap_that_networks_share_is_listed_once(client: Client) -> None:
    shared = {"start": "2026-11-20T03:10:00Z", "end": "2026-11-20T03:25:00Z", "reason": "the network was away"}
    own = {"start": "2026-11-20T05:00:00Z", "end": "2026-11-20T05:01:00Z", "reason": "restarted"}
    minutes = [int(minute >= 421) for minute in range(1_440)]
    Day.objects.filter(source="bluesky").update(known_gaps=[shared], minutes=minutes)
    Day.objects.filter(source="mastodon").update(known_gaps=[shared, own], minutes=minutes)
    page = get(client, "/days/2026-11-20/")
    assert page.count("the network was away") == 1
    assert "Posts of Bluesky and Mastodon are missing" in page
    assert "Posts of Mastodon are missing" in page
    assert page.count("Nothing was collected before 07:01 (UTC).") == 2  # beside the drawing, and for screen readers
    assert "Bluesky: Nothing" not in page
    Day.objects.filter(source="mastodon").update(minutes=[int(minute >= 300) for minute in range(1_440)])
    page = get(client, "/days/2026-11-20/")
    assert "Bluesky: Nothing was collected before 07:01 (UTC). Mastodon: Nothing was collected before 05:00" in page


def test_the_calendar_has_the_winner_of_all_networks_or_of_the_chosen_one(client: Client) -> None:
    assert set(re.findall(r"<bdi>#(\w+)</bdi>", get(client, "/days/"))) == {"Birds"}
    page = get(client, "/days/?networks=bluesky")
    assert set(re.findall(r"<bdi>#(\w+)</bdi>", page)) == {"Cats"}
    assert 'href="/days/2026-11-20/?networks=bluesky"' in page


def test_a_hashtags_page_has_its_hours_languages_and_days_by_network(client: Client) -> None:
    page = get(client, "/hashtags/birds/?day=2026-11-20")
    assert '<dt>Posts</dt><dd class="number">18</dd>' in page
    assert '<dt>Rank</dt><dd class="number">1</dd>' in page
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)]
    texts = [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in rows]
    assert ["Language", "Posts", "Bluesky", "Mastodon"] in texts
    assert ["English", "9", "9", "–"] in texts
    assert ["20 Nov 2026", "1", "18", "16", "9", "9"] in texts
    assert ["12:00", "18", "9", "9", "1"] in texts


def test_a_hashtag_of_one_network_is_offered_from_the_other(client: Client) -> None:
    page = get(client, "/hashtags/cats/?networks=mastodon", 404)
    assert "#cats is in another source" in page
    assert 'href="/hashtags/cats/?source=bluesky"' in page


def test_the_search_keeps_the_chosen_network(client: Client) -> None:
    page = get(client, "/search/?q=bi&networks=mastodon")
    assert '<input type="hidden" name="networks" value="mastodon">' in page
    assert 'href="/hashtags/birds/?networks=mastodon"' in page
    assert "9 posts" in page
    assert "18 posts" in get(client, "/search/?q=bi")


def test_while_another_source_runs_the_networks_have_their_own_link(client: Client, stage: Stage) -> None:
    stage.count("*", {"Owls": 1})
    stage.show(datetime(2026, 11, 22, 12, tzinfo=UTC))
    page = get(client, "/days/")
    assert set(re.findall(r"<bdi>#(\w+)</bdi>", page)) == {"Owls"}
    assert ("/days/?networks=bluesky,kafka,mastodon,x", "All networks", False) in pills(page)
    assert ("/days/?source=simulator", "simulated posts", True) in pills(page)
