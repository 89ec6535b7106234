"""What alerts say: whole sentences, in the direction of their language."""

import pytest
from django.utils import translation

from trendsite.watches.conditions import Hit
from trendsite.watches.models import Watch
from trendsite.watches.texts import alert_text


@pytest.mark.parametrize(("language", "hashtag"), [("en", "شتاء"), ("en", "חורף2026"), ("ar", "Winter")])
def test_a_hashtag_of_the_other_direction_stands_apart_so_that_the_sentence_keeps_its_own(
    language: str, hashtag: str
) -> None:
    with translation.override(language):
        text = alert_text(Watch(key=hashtag), Hit(hashtag, hashtag, 1_200, 1), ["*"])
    assert f"\N{FIRST STRONG ISOLATE}#{hashtag}\N{POP DIRECTIONAL ISOLATE}" in text


@pytest.mark.parametrize(("language", "hashtag"), [("en", "Winter"), ("ja", "冬"), ("ar", "شتاء"), ("en", "2026")])
def test_a_hashtag_of_the_same_direction_stands_as_it_is(language: str, hashtag: str) -> None:
    with translation.override(language):
        text = alert_text(Watch(key=hashtag), Hit(hashtag, hashtag, 1_200, 1), ["*"])
    assert f"#{hashtag}" in text
    assert "\N{FIRST STRONG ISOLATE}" not in text
