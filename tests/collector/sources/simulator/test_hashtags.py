"""Simulated hashtags: of the scripts of their languages, with habits, events, bursts and campaigns."""

import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from collector.sources.simulator.hashtags import Hashtags, seeded_random
from collector.sources.simulator.lexicon import DAYS_OF_WEEK
from collector.sources.simulator.other_words import EMOJI
from collector.sources.simulator.posts import LANGUAGES
from contract.post import fold, is_usable

SCRIPTS = {
    "ja": {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"},
    "ko": {"HANGUL"},
    "zh": {"CJK"},
    "ar": {"ARABIC"},
    "he": {"HEBREW"},
    "hi": {"DEVANAGARI"},
    "th": {"THAI"},
    "ru": {"CYRILLIC"},
    "el": {"GREEK"},
}
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def hashtags_of(code: str) -> Hashtags:
    (language,) = (language for language in LANGUAGES if language.code == code)
    return Hashtags(1, code, language.lexicon, language.utc_hours)


def written(code: str, minute: int, posts: int = 2_000) -> list[list[str]]:
    hashtags, rng = hashtags_of(code), seeded_random("test")
    return [hashtags.of_post(rng, minute) for _ in range(posts)]


def scripts_in(text: str) -> set[str]:
    return {unicodedata.name(character).split()[0] for character in text if character.isalpha()}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_hashtags_are_of_the_script_of_their_language_and_each_is_usable(language):
    for spelling in {spelling for post in written(language.code, minute_of(MONDAY)) for spelling in post}:
        assert is_usable(fold(spelling)), spelling
        assert scripts_in(spelling) <= SCRIPTS.get(language.code, {"LATIN"}), spelling


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_lexicon_has_a_habit_for_each_day_and_no_word_twice(language):
    lexicon = language.lexicon
    assert len(set(lexicon.weekdays)) == DAYS_OF_WEEK
    for words in (lexicon.everyday, lexicon.first, lexicon.second, lexicon.places, lexicon.events):
        assert len(words) == len(set(words)) >= 10
        assert all(words)


def test_the_same_seed_gives_the_same_hashtags_and_another_one_others():
    english, rngs = LANGUAGES[0], [seeded_random("test") for _ in range(3)]
    makers = [Hashtags(seed, "en", english.lexicon, english.utc_hours) for seed in (1, 1, 2)]
    first, same, other = ([maker.of_post(rng, 5) for _ in range(50)] for maker, rng in zip(makers, rngs, strict=True))
    assert first == same != other


def test_each_day_of_the_week_has_its_habit_in_local_time():
    for days, habit in enumerate(("mondaymotivation", "tuesdaytunes", "wednesdaywisdom")):
        # 17:00 UTC is noon where English is simulated.
        posts = written("en", minute_of(MONDAY + timedelta(days=days, hours=5)))
        counts = Counter(fold(spelling) for post in posts for spelling in post)
        assert counts[habit] > 30
        assert counts["thursdaythrowback"] == counts["throwbackthursday"] == 0
    morning = Counter(
        fold(spelling) for post in written("ja", minute_of(MONDAY + timedelta(hours=10))) for spelling in post
    )
    assert morning["おはようございます"] > 30


def test_the_event_of_a_day_wins_it_so_the_days_of_a_calendar_differ():
    winners = []
    for day in range(10):
        begin = minute_of(MONDAY + timedelta(days=day, hours=-7))  # midnight where English is simulated
        of_day = [post for hour in range(24) for post in written("en", begin + 60 * hour, posts=100)]
        winners.append(Counter(fold(spelling) for post in of_day for spelling in post).most_common(1)[0][0])
    assert len(set(winners)) >= 5


def campaign(code: str) -> list[tuple[tuple[str, ...], int]]:
    """The three hashtags that occur together most, and how often, in the middle of each three hours of a week."""
    found = []
    for slot in range(56):
        posts = written(code, minute_of(MONDAY) // 180 * 180 + slot * 180 + 90, posts=300)
        together = Counter(trio for post in posts for trio in combinations(sorted({fold(tag) for tag in post}), 3))
        found.append(together.most_common(1)[0])
    return found


def test_hashtags_of_a_campaign_occur_together_and_only_for_hours():
    strongest = [trio for trio, posts in campaign("es") if posts >= 15]
    assert 10 <= len(strongest) <= 30
    assert len(set(strongest)) == len(strongest)


def test_some_minutes_have_a_burst_and_most_do_not():
    leading = []
    for slot in range(100):
        posts = written("tr", minute_of(MONDAY) // 20 * 20 + slot * 20 + 10, posts=200)
        counts = Counter(fold(spelling) for post in posts for spelling in post)
        leading.append(counts.most_common(1)[0][1] / counts.total())
    bursts = sum(share > 0.2 for share in leading)
    assert 5 <= bursts <= 30


def test_every_emoji_is_a_hashtag_of_its_own():
    assert len({fold(emoji) for emoji in EMOJI}) == len(EMOJI)
    assert all(is_usable(fold(emoji)) for emoji in EMOJI)
