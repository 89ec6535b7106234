"""How a process keeps up with the database."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from contract import redis_names
from tests.trendsite.stage import NOW
from trendsite.hidden.following import Following, read_rules
from trendsite.hidden.models import HiddenHashtag
from trendsite.live.hidden_now import HiddenNow, of_this_process
from trendsite.live.hiding import Rule

CATS = Rule("cats", False, "*", None)


def is_hidden(hidden, key="cats"):
    return hidden.hiding.is_hidden(key, "*", NOW)


def test_what_the_database_says_is_hidden_and_shown_again_once_it_says_so_no_more():
    hidden, answers = HiddenNow(), [[CATS], []]
    following = Following(hidden, lambda: answers.pop(0), lambda: NOW)
    following.look()
    assert is_hidden(hidden)
    following.look()
    assert not is_hidden(hidden)


def test_a_rule_passes_by_itself_and_listeners_hear_of_it():
    hidden, told, clock = HiddenNow(), [], [NOW]
    rule = Rule("cats", False, "*", NOW + timedelta(minutes=1))
    following = Following(hidden, lambda: [rule], lambda: clock[0])
    following.look()
    assert is_hidden(hidden)
    clock[0] += timedelta(minutes=1)
    with hidden.telling(lambda: told.append(hidden.hiding.rules)):
        following.look()
    assert told == [frozenset()]


def test_while_the_database_is_away_what_it_last_said_holds_and_still_ends_in_time():
    rules, clock = [CATS, Rule("dogs", False, "*", NOW + timedelta(minutes=1))], [NOW]
    hidden, is_away = HiddenNow(), []

    def read():
        if is_away:
            raise OperationalError("away")
        return rules

    following = Following(hidden, read, lambda: clock[0])
    following.look()
    is_away.append(True)
    clock[0] += timedelta(minutes=1)
    following.look()
    assert hidden.hiding.rules == {CATS}


@pytest.mark.django_db
def test_rows_are_read_as_rules():
    HiddenHashtag.objects.create(kind="pattern", key="buy*", language="en", reason="ads", until=NOW)
    HiddenHashtag.objects.create(key="cats", reason="allergy")
    assert set(read_rules()) == {Rule("buy*", True, "en", NOW), CATS}


@pytest.mark.django_db(transaction=True)
def test_every_change_is_announced_to_this_process_and_through_redis(stage):
    with stage.client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(redis_names.HIDDEN_CHANNEL)
        listener.get_message(timeout=5)
        row = HiddenHashtag.objects.create(key="cats", reason="allergy")
        assert listener.get_message(timeout=5)
        assert of_this_process.may_have_changed.is_set()
        of_this_process.may_have_changed.clear()
        row.delete()
        assert listener.get_message(timeout=5)
        assert of_this_process.may_have_changed.is_set()


@pytest.mark.django_db(transaction=True)
def test_without_redis_a_change_is_saved_and_this_process_knows():
    of_this_process.may_have_changed.clear()
    HiddenHashtag.objects.create(key="cats", reason="allergy")
    assert of_this_process.may_have_changed.is_set()
    assert read_rules() == [CATS]
