"""The choice of what to show, parsed and checked."""

import pytest

from trendsite.queries.choice import EVERYTHING, Choice, ChoiceError, choice_of, parse_choice


def test_a_choice_has_one_form_however_it_is_written():
    choice = Choice("hour", ("en", "es"))
    assert parse_choice(["es", "en"], "hour") == choice
    assert parse_choice(["en,es", " es,"], "hour") == choice


def test_without_a_choice_it_is_all_languages_of_the_day():
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


def test_the_window_rising_has_one_order():
    assert parse_choice(["en"], "rising", by="authors") == parse_choice(["en"], "rising")
    with pytest.raises(ChoiceError, match="by: give posts or authors"):
        parse_choice(["en"], "rising", by="likes")


def test_an_address_is_a_choice_and_the_last_of_two_values_counts():
    query = {"languages": ["es", "en"], "by": ["posts", "authors"], "top": ["25"]}
    assert choice_of(query) == Choice("day", ("en", "es"), 25, "authors")
    assert choice_of({}) == EVERYTHING


def test_networks_are_a_part_of_a_choice_however_they_are_written():
    choice = Choice("day", ("*",), networks=("bluesky", "mastodon"))
    assert parse_choice([], networks=["mastodon,bluesky", " bluesky,"]) == choice
    assert choice_of({"networks": ["mastodon", "bluesky"]}) == choice
    assert choice_of({"networks": [""]}) == EVERYTHING


def test_an_unknown_network_is_refused_with_the_allowed_ones():
    with pytest.raises(ChoiceError, match="networks: give bluesky, kafka, mastodon, x, or several with commas"):
        parse_choice([], networks=["bluesky,myspace"])


def test_one_running_network_publishes_its_ranking_and_several_are_computed():
    both, one = ("bluesky", "mastodon"), ("bluesky",)
    assert EVERYTHING.publisher(one) == "bluesky"
    assert EVERYTHING.publisher(both) is None
    chosen = parse_choice(["en"], networks=["mastodon"])
    assert chosen.publisher(both) == "mastodon"
    assert chosen.publisher(one) is None
    assert chosen.missing(one) == ("mastodon",)
    assert parse_choice(["en", "es"], networks=["mastodon"]).publisher(both) is None


def test_an_unknown_order_is_refused():
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
def test_an_invalid_choice_is_refused_with_the_allowed_values(languages, window, top, words):
    with pytest.raises(ChoiceError, match=words):
        parse_choice(languages, window, top)
