"""What networks show of a link to a page: its title, and the first three hashtags."""

import re
from datetime import timedelta

import pytest

from tests.trendsite.stage import TODAY

pytestmark = pytest.mark.django_db(transaction=True)

DAY = TODAY - timedelta(days=1)
COUNTS = {"*": {"Cats": 1_200, "Spam": 900, "Dogs": 80, "Tea": 7}}


def previews(client, path):
    html = client.get(path).content.decode()
    return dict(re.findall(r'<meta property="og:(title|description)"\s+content="([^"]*)"', html))


@pytest.mark.parametrize(
    ("path", "title"),
    [
        (f"/days/{DAY}/", "Top hashtags of 21 November 2026 · Trendsite"),
        (f"/months/{DAY:%Y-%m}/", "Top hashtags of November 2026 · Trendsite"),
    ],
)
def test_a_day_and_a_month_show_who_led_without_what_is_hidden(client, archive_day, stage, hide, path, title):
    archive_day(DAY, COUNTS)
    stage.show()
    hide("spam")
    assert previews(client, path) == {"title": title, "description": "1. #Cats 1,200 · 2. #Dogs 80 · 3. #Tea 7"}


def test_a_hashtag_and_a_comparison_are_named(client, archive_day, stage):
    archive_day(DAY, COUNTS)
    stage.show()
    assert previews(client, f"/hashtags/cats/?day={DAY}")["title"] == "#Cats · Trendsite"
    compared = previews(client, "/compare/?hashtags=cats,dogs&days=3")["title"]
    assert compared.translate({0x2068: None, 0x2069: None}) == "#Cats, #Dogs · Trendsite"
