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


def test_both_hashtags_are_links_and_what_is_known_at_the_end_leads_there():
    fact = Fact("together", key="a", hashtag="A<", other_key="b", other="B", posts=1_200)
    assert html(fact) == (
        'Often together: <a class="of-story" href="/hashtags/a/?a=1&amp;b=2"><bdi>#A&lt;</bdi></a> and '
        '<a class="of-story" href="/hashtags/b/?a=1&amp;b=2"><bdi>#B</bdi></a>, in '
        '<a data-moment="" href="?at=&amp;top=25">1,200</a> posts.'
    )


def test_a_share_of_few_percent_has_a_decimal_as_each_language_writes_it():
    fact = Fact("led", key="k", hashtag="Cats", posts=1_200, share=0.0345)
    assert in_english(fact).text.endswith("It was in 1,200 posts, 3.5 % of all.")
    with translation.override("de"):
        assert "1.200</a> Beiträgen, das sind 3,5 % von allen." in html(fact).replace("\u00a0", " ")


def test_the_english_sentence_stays_english_for_every_reader():
    with translation.override("de"):
        text = in_english(RISE).text
    assert text == "#<b>%(rank)s& rose 1,031 places between 17:00 and 18:00, to rank 3."
