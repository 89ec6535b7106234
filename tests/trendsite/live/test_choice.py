"""What somebody may choose to see."""

import pytest

from trendsite.live.choice import EVERYTHING, Choice, ChoiceError, parse_choice


def test_a_choice_has_one_form_however_it_is_said():
    choice = Choice("hour", ("en", "es"))
    assert parse_choice(["es", "en"], "hour") == choice
    assert parse_choice(["en,es", " es,"], "hour") == choice


def test_nothing_chosen_is_everything_of_the_day():
    assert parse_choice([]) == parse_choice(["en,*"]) == EVERYTHING


@pytest.mark.parametrize(
    ("languages", "window", "words"),
    [(["xx"], "day", "languages: give codes"), ([], "week", "window: give day or hour"), ([], "", "window: give")],
)
def test_what_nobody_can_choose_is_refused_with_what_is_allowed(languages, window, words):
    with pytest.raises(ChoiceError, match=words):
        parse_choice(languages, window)
