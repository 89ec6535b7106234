"""The board opens for somebody as they keep it."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient

from tests.trendsite.stage import Stage
from trendsite.accounts.models import OwnBoard

pytestmark = pytest.mark.django_db(transaction=True)

CHOSEN = "?languages=en,es&window=hour&top=25"
REMEMBERED = "board/remembered.js"


@pytest.fixture
def ada():
    return User.objects.create_user("ada")


def keep(client, **fields):
    return client.post("/own-board/", fields)


async def board(user, query=""):
    client = AsyncClient()
    if user:
        await client.aforce_login(user)
    return (await client.get(f"/{query}")).content.decode()


def chosen(html):
    """The window, number of places and languages that a page shows."""
    switches = re.findall(r'data-(?:window|top)="(\w+)"\s+aria-current', html)
    return *switches, ",".join(re.findall(r'value="([\w*]+)"\s+checked', html))


async def test_who_keeps_a_choice_sees_it_in_every_browser(stage, client, ada):
    await OwnBoard.objects.acreate(user=ada, query=CHOSEN)
    html = await board(ada)
    assert chosen(html) == ("hour", "25", "en,es")
    assert REMEMBERED not in html, "what this browser remembers goes behind"


async def test_an_address_with_a_choice_shows_that_one(stage, ada):
    await OwnBoard.objects.acreate(user=ada, query=CHOSEN)
    assert chosen(await board(ada, "?window=day")) == ("day", "10", "*")


async def test_kept_networks_are_shown_again(stage, ada):
    running = ["bluesky", "mastodon"]
    for name in running:
        network = Stage(stage.client, name, running=running)
        network.count("*", {name: 3})
        network.show_quiet()
    await OwnBoard.objects.acreate(user=ada, query="?networks=mastodon&window=day")
    html = await board(ada)
    assert re.findall(r"<bdi>#(\w+)</bdi>", html) == ["mastodon"]
    assert re.findall(r'value="(\w+)"\s+checked', html) == ["mastodon"]


async def test_others_see_what_everybody_sees(stage, ada):
    await OwnBoard.objects.acreate(user=ada, query=CHOSEN)
    stranger, bob = await board(None), await board(await User.objects.acreate_user("bob"))
    assert chosen(stranger) == chosen(bob) == ("day", "10", "*")
    assert REMEMBERED in stranger
    assert 'id="own-board"' not in stranger
    assert 'id="own-board"' in bob


def test_a_choice_is_kept_in_one_form_and_forgotten_again(client, ada):
    client.force_login(ada)
    keep(client, query="?top=25&window=hour&languages=en&languages=es")
    assert OwnBoard.objects.get().query == CHOSEN
    keep(client, query="?window=hour")
    assert OwnBoard.objects.get().query == "?window=hour"
    keep(client, forget="1")
    assert not OwnBoard.objects.exists()


@pytest.mark.parametrize("query", ["?window=year", "?languages=klingon", "?top=<script>", "?top=7"])
def test_what_nobody_can_choose_is_not_kept(client, ada, query):
    client.force_login(ada)
    keep(client, query=query)
    assert not OwnBoard.objects.exists()


async def test_what_could_once_be_chosen_and_no_longer_can_shows_what_everybody_sees(stage, ada):
    await OwnBoard.objects.acreate(user=ada, query="?window=fortnight")
    html = await board(ada)
    assert chosen(html) == ("day", "10", "*")
    assert REMEMBERED in html


def test_strangers_keep_nothing(client):
    assert keep(client, query=CHOSEN)["Location"] == "/login/?next=/"
    assert not OwnBoard.objects.exists()


def test_nothing_is_kept_by_following_a_link(client, ada):
    client.force_login(ada)
    assert client.get("/own-board/").status_code == 405
