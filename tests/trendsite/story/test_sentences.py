"""Sentences as HTML: links, and hashtags that strangers wrote."""

from django.utils import translation

from trendsite.story.facts import Fact
from trendsite.story.sentences import as_html, in_english

RISE = Fact("rise", key="k", hashtag="<b>%(rank)s&", at="18:00", start="17:00", end="18:00", rank=3, places=1_031)


def html(fact: Fact) -> str:
    return as_html(fact, lambda key: f"/hashtags/{key}/?a=1&b=2", lambda at: f"?at={at or ''}&top=25")


def test_a_sentence_links_its_hashtag_and_its_moment_and_escapes_both():
    assert html(RISE) == (
        '<a class="of-story" href="/hashtags/k/?a=1&amp;b=2"><bdi>#&lt;b&gt;%(rank)s&amp;</bdi></a> rose 1,031 places '
        'between 17:00 and <a data-moment="18:00" href="?at=18:00&amp;top=25">18:00</a>, to rank 3.'
    )


def test_the_end_of_the_race_is_a_link_without_a_moment():
    fact = Fact("busiest_hour", start="23:00", posts=1)
    assert html(fact) == 'The busiest hour was <a data-moment="" href="?at=&amp;top=25">23:00</a>, with 1 post.'


def test_the_english_sentence_stays_english_for_every_reader():
    with translation.override("de"):
        text = in_english(RISE).text
    assert text == "#<b>%(rank)s& rose 1,031 places between 17:00 and 18:00, to rank 3."
