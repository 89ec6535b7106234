"""Who is sent what, and when; viewers have room when the test says so."""

import msgspec
import pytest

from contract.ranking import decode_ranking
from tests.trendsite.stage import NOW, TODAY
from trendsite.board.audience import Audience
from trendsite.board.messages import text_frame
from trendsite.board.viewer import Viewer
from trendsite.live.choice import EVERYTHING, Choice
from trendsite.live.pipeline import Shown

ENGLISH = Choice("day", ("en",))
SHOWN = Shown("simulator", TODAY)


class Outlet:
    def __init__(self):
        self.got = []
        self.has_room = True

    def write(self, frame):
        if self.has_room:
            self.got.append(frame)
        return self.has_room


@pytest.fixture
def audience():
    return Audience()


@pytest.fixture
def join(audience):
    def join(choice=EVERYTHING):
        outlet = Outlet()
        viewer = Viewer(choice, outlet, "192.0.2.1")
        audience.join(viewer, NOW)
        return viewer, outlet

    return join


def frames(*messages):
    return b"".join(map(text_frame, messages))


def test_a_choice_that_a_viewer_has_alone_is_not_there_without_it(audience, join):
    alone, shared = Choice("day", ("en", "es")), Choice("day", ("en", "fr"))
    first, _ = join(alone)
    second, _ = join(shared)
    join(shared)
    assert set(audience.computed_without(first)) == {shared}
    assert set(audience.computed_without(second)) == {alone, shared}


def test_a_status_travels_with_the_next_ranking(audience, join):
    _, outlet = join()
    audience.report("status")
    assert outlet.got == []
    audience.show(EVERYTHING, "ranking")
    audience.show(EVERYTHING, "another")
    assert outlet.got == [frames("ranking", "status"), frames("another")]


def test_where_no_ranking_comes_every_second_status_goes_alone(audience, join):
    _, outlet = join()
    for number in range(5):
        audience.report(f"status {number}")
    assert outlet.got == [frames("status 1"), frames("status 3")]


def test_what_must_be_known_is_told_at_once_and_not_again(audience, join):
    _, outlet = join()
    audience.report("calm")
    audience.tell("urgent")
    audience.show(EVERYTHING, "ranking")
    assert outlet.got == [frames("urgent"), frames("ranking")]


def test_a_viewer_without_room_gets_only_the_newest_once_it_has_some(audience, join):
    viewer, outlet = join()
    outlet.has_room = False
    for number in range(1_000):
        audience.show(EVERYTHING, f"ranking {number}")
    audience.tell("status")
    outlet.has_room = True
    audience.catch_up(viewer, NOW)
    assert outlet.got == [frames("status", "ranking 999")]


def test_a_viewer_that_missed_nothing_is_not_greeted_again(audience, join):
    viewer, outlet = join()
    audience.show(EVERYTHING, "ranking")
    audience.catch_up(viewer, NOW)
    assert outlet.got == [frames("ranking")]


def test_another_choice_is_greeted_and_the_one_before_is_not_shown_any_more(audience, join):
    viewer, outlet = join()
    audience.show(ENGLISH, "english")
    audience.choose(viewer, ENGLISH, NOW)
    audience.show(EVERYTHING, "everything")
    assert outlet.got == [frames("english")]


def test_an_empty_ranking_greets_only_where_the_day_has_others(audience, join):
    audience.show_day(SHOWN, {}, NOW)
    assert join(ENGLISH)[1].got == []
    audience.show_day(SHOWN, {EVERYTHING: "everything"}, NOW)
    (greeting,) = join(ENGLISH)[1].got
    ranking = decode_ranking(greeting[greeting.index(b"{") :])
    assert (ranking.posts, ranking.top) == (0, [])
    assert join(Choice("day", ("en",), 25))[1].got == []


def test_a_computed_ranking_goes_with_the_last_who_watches_it(audience, join):
    choice = Choice("day", ("en", "es"))
    viewer, _ = join(choice)
    audience.show(choice, "computed")
    assert audience.has_ranking(choice)
    audience.leave(viewer)
    assert not audience.has_ranking(choice)
    assert not audience


def test_a_frame_is_text_and_unmasked_whatever_its_length():
    for length in (5, 200, 70_000):
        frame = text_frame("é" * length)
        assert frame[0] == 0x81
        assert not frame[1] & 0x80
        assert frame.endswith("é".encode() * length)
    assert msgspec.json.decode(text_frame("[1]")[2:]) == [1]
