"""What somebody may choose to see."""

import pytest

from trendsite.live.choice import EVERYTHING, Choice, ChoiceError, choice_of, parse_choice


def test_a_choice_has_one_form_however_it_is_said():
    choice = Choice("hour", ("en", "es"))
    assert parse_choice(["es", "en"], "hour") == choice
    assert parse_choice(["en,es", " es,"], "hour") == choice


def test_nothing_chosen_is_everything_of_the_day():
    assert parse_choice([]) == parse_choice(["en,*"]) == EVERYTHING


@pytest.mark.parametrize("top", ["50", 50])
def test_the_number_of_places_may_be_a_number_or_its_digits(top):
    assert parse_choice(["en"], "day", top) == Choice("day", ("en",), 50)


def test_ten_places_of_one_language_are_what_redis_publishes():
    assert parse_choice(["en"], "hour").is_published
    assert not parse_choice(["en", "es"]).is_published
    assert not parse_choice(["en"], top=25).is_published
    assert not parse_choice(["en"], by="authors").is_published
    assert not parse_choice(["en"], "rising").is_published


def test_what_is_rising_has_one_order_whichever_is_asked_for():
    assert parse_choice(["en"], "rising", by="authors") == parse_choice(["en"], "rising")
    with pytest.raises(ChoiceError, match="by: give posts or authors"):
        parse_choice(["en"], "rising", by="likes")


def test_an_address_is_a_choice_and_of_what_stands_twice_the_last_counts():
    query = {"languages": ["es", "en"], "by": ["posts", "authors"], "top": ["25"]}
    assert choice_of(query) == Choice("day", ("en", "es"), 25, "authors")
    assert choice_of({}) == EVERYTHING


def test_an_order_that_nobody_can_choose_is_refused():
    with pytest.raises(ChoiceError, match="by: give posts or authors"):
        parse_choice([], by="likes")


@pytest.mark.parametrize(
    ("languages", "window", "top", "words"),
    [
        (["xx"], "day", 10, "languages: give codes"),
        ([], "week", 10, "window: give day, hour, rising"),
        ([], "", 10, "window: give"),
        ([], "day", 11, "top: give 10, 25, 50"),
        ([], "day", "025", "top: give"),
    ],
)
def test_what_nobody_can_choose_is_refused_with_what_is_allowed(languages, window, top, words):
    with pytest.raises(ChoiceError, match=words):
        parse_choice(languages, window, top)
