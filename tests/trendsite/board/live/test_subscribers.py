"""Who is sent what, and when; viewers have room when the test says so."""

import msgspec
import pytest

from contract.ranking import decode_ranking
from tests.trendsite.stage import NOW, TODAY
from trendsite.board.live.frame_writer import prepare_frame
from trendsite.board.live.subscribers import Subscriber, Subscribers
from trendsite.queries.choice import EVERYTHING, Choice
from trendsite.queries.pipeline_status import SourceDay

ENGLISH = Choice("day", ("en",))
SHOWN = SourceDay("simulator", TODAY)


class FakeWriter:
    def __init__(self):
        self.written = []
        self.has_room = True

    def write(self, frames):
        if self.has_room:
            self.written.append(b"".join(frame.payloadHybi for frame in frames))
        return self.has_room


@pytest.fixture
def subscribers():
    return Subscribers()


@pytest.fixture
def join(subscribers):
    def join(choice=EVERYTHING):
        writer = FakeWriter()
        subscriber = Subscriber(choice, writer, "192.0.2.1")
        subscribers.add(subscriber, NOW)
        return subscriber, writer

    return join


def frames(*messages):
    return b"".join(prepare_frame(message).payloadHybi for message in messages)


def test_a_choice_that_a_subscriber_has_alone_is_not_there_without_it(subscribers, join):
    alone, shared = Choice("day", ("en", "es")), Choice("day", ("en", "fr"))
    first, _ = join(alone)
    second, _ = join(shared)
    join(shared)
    assert set(subscribers.computed_without(first)) == {shared}
    assert set(subscribers.computed_without(second)) == {alone, shared}


def test_a_status_travels_with_the_next_ranking(subscribers, join):
    _, writer = join()
    subscribers.queue_status("status")
    assert writer.written == []
    subscribers.send_ranking(EVERYTHING, "ranking")
    subscribers.send_ranking(EVERYTHING, "another")
    assert writer.written == [frames("ranking", "status"), frames("another")]


def test_where_no_ranking_comes_every_second_status_goes_alone(subscribers, join):
    _, writer = join()
    for number in range(5):
        subscribers.queue_status(f"status {number}")
    assert writer.written == [frames("status 1"), frames("status 3")]


def test_what_must_be_known_is_told_at_once_and_not_again(subscribers, join):
    _, writer = join()
    subscribers.queue_status("calm")
    subscribers.send_status("urgent")
    subscribers.send_ranking(EVERYTHING, "ranking")
    assert writer.written == [frames("urgent"), frames("ranking")]


def test_a_subscriber_without_room_gets_only_the_newest_once_it_has_some(subscribers, join):
    subscriber, writer = join()
    writer.has_room = False
    for number in range(1_000):
        subscribers.send_ranking(EVERYTHING, f"ranking {number}")
    subscribers.send_status("status")
    writer.has_room = True
    subscribers.catch_up(subscriber, NOW)
    assert writer.written == [frames("status", "ranking 999")]


def test_a_subscriber_that_missed_nothing_is_not_greeted_again(subscribers, join):
    subscriber, writer = join()
    subscribers.send_ranking(EVERYTHING, "ranking")
    subscribers.catch_up(subscriber, NOW)
    assert writer.written == [frames("ranking")]


def test_another_choice_is_greeted_and_the_one_before_is_not_shown_any_more(subscribers, join):
    subscriber, writer = join()
    subscribers.send_ranking(ENGLISH, "english")
    subscribers.change_choice(subscriber, ENGLISH, NOW)
    subscribers.send_ranking(EVERYTHING, "everything")
    assert writer.written == [frames("english")]


def test_an_empty_ranking_greets_only_where_the_day_has_others(subscribers, join):
    subscribers.replace_day(SHOWN, {}, NOW)
    assert join(ENGLISH)[1].written == []
    subscribers.replace_day(SHOWN, {EVERYTHING: "everything"}, NOW)
    (greeting,) = join(ENGLISH)[1].written
    ranking = decode_ranking(greeting[greeting.index(b"{") :])
    assert (ranking.posts, ranking.top) == (0, [])
    assert join(Choice("day", ("en",), 25))[1].written == []


def test_a_computed_ranking_goes_with_the_last_who_watches_it(subscribers, join):
    choice = Choice("day", ("en", "es"))
    subscriber, _ = join(choice)
    subscribers.send_ranking(choice, "computed")
    assert subscribers.has_ranking(choice)
    subscribers.remove(subscriber)
    assert not subscribers.has_ranking(choice)
    assert not subscribers


def test_a_frame_is_text_and_unmasked_whatever_its_length():
    for length in (5, 200, 70_000):
        frame = prepare_frame("é" * length).payloadHybi
        assert frame[0] == 0x81
        assert not frame[1] & 0x80
        assert frame.endswith("é".encode() * length)
    assert msgspec.json.decode(prepare_frame("[1]").payloadHybi[2:]) == [1]
