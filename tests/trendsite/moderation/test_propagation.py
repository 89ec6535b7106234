"""How a process keeps up with the rules in the database."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from contract import redis_names
from tests.trendsite.stage import NOW
from trendsite.moderation.models import HiddenHashtag
from trendsite.moderation.propagation import RuleFollower, read_rules
from trendsite.queries.hiding import CurrentHiding, HidingRule, process_hiding

CATS = HidingRule("cats", False, "*", None)


def is_hidden(hidden, key="cats"):
    return hidden.hiding.is_hidden(key, "*", NOW)


def test_a_hashtag_is_hidden_while_the_database_has_a_rule():
    hidden, stored = CurrentHiding(), [[CATS], []]
    follower = RuleFollower(hidden, lambda: stored.pop(0), lambda: NOW)
    follower.update()
    assert is_hidden(hidden)
    follower.update()
    assert not is_hidden(hidden)


def test_a_rule_ends_by_itself_and_listeners_are_called():
    hidden, seen, clock = CurrentHiding(), [], [NOW]
    rule = HidingRule("cats", False, "*", NOW + timedelta(minutes=1))
    follower = RuleFollower(hidden, lambda: [rule], lambda: clock[0])
    follower.update()
    assert is_hidden(hidden)
    clock[0] += timedelta(minutes=1)
    with hidden.on_change(lambda: seen.append(hidden.hiding.rules)):
        follower.update()
    assert seen == [frozenset()]


def test_while_the_database_is_away_its_last_rules_hold_and_end_in_time():
    rules, clock = [CATS, HidingRule("dogs", False, "*", NOW + timedelta(minutes=1))], [NOW]
    hidden, is_away = CurrentHiding(), []

    def read():
        if is_away:
            raise OperationalError("away")
        return rules

    follower = RuleFollower(hidden, read, lambda: clock[0])
    follower.update()
    is_away.append(True)
    clock[0] += timedelta(minutes=1)
    follower.update()
    assert hidden.hiding.rules == {CATS}


@pytest.mark.django_db
def test_rows_are_read_as_rules():
    HiddenHashtag.objects.create(kind="pattern", key="buy*", language="en", reason="ads", until=NOW)
    HiddenHashtag.objects.create(key="cats", reason="allergy")
    assert set(read_rules()) == {HidingRule("buy*", True, "en", NOW), CATS}


@pytest.mark.django_db(transaction=True)
def test_every_change_is_announced_to_this_process_and_through_redis(stage):
    with stage.client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(redis_names.HIDDEN_CHANNEL)
        listener.get_message(timeout=5)
        row = HiddenHashtag.objects.create(key="cats", reason="allergy")
        assert listener.get_message(timeout=5)
        assert process_hiding.may_have_changed.is_set()
        process_hiding.may_have_changed.clear()
        row.delete()
        assert listener.get_message(timeout=5)
        assert process_hiding.may_have_changed.is_set()


@pytest.mark.django_db(transaction=True)
def test_without_redis_a_change_is_saved_and_reaches_this_process():
    process_hiding.may_have_changed.clear()
    HiddenHashtag.objects.create(key="cats", reason="allergy")
    assert process_hiding.may_have_changed.is_set()
    assert read_rules() == [CATS]
