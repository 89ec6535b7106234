"""Where hashtags lead, and where narrow places break them."""

import pytest
from django.urls import resolve

from trendsite.template_tags import breakable, hashtag_address


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("café", "/hashtags/caf%C3%A9/"),
        ("a/b", "/hashtags/a%2Fb/"),
        ("?x=1&y", "/hashtags/%3Fx%3D1%26y/"),
        ("<img src=x>", "/hashtags/%3Cimg%20src%3Dx%3E/"),
        ("..", "/hashtags/%23../"),
    ],
)
def test_every_key_has_an_address_of_plain_characters(key, address):
    assert hashtag_address(key) == address


@pytest.mark.parametrize("key", ["a/b", "a/", "/", "a//b", "%", "日本"])
def test_the_address_of_a_key_with_any_character_opens_its_page(key):
    assert resolve(f"/hashtags/{key}/").kwargs == {"key": key}


@pytest.mark.parametrize(
    ("hashtag", "broken"),
    [
        ("ChicagoBookFair", "Chicago<wbr>Book<wbr>Fair"),
        ("كتاب_المدينة", "كتاب_<wbr>المدينة"),
        ("COVID19", "COVID19"),
        ("a<B>&C", "a&lt;B&gt;&amp;C"),
        ("", ""),
    ],
)
def test_a_hashtag_breaks_between_its_words_and_stays_text(hashtag, broken):
    assert breakable(hashtag) == broken
