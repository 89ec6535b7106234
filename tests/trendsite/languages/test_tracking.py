"""What editors change, alone or at the same time: the tracked languages, their terms on X, and the log of changes."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from contract.language import LANGUAGES
from contract.status import TrackedLanguages
from contract.x_rule import COUNTRIES, MAX_COUNTRIES, MAX_LANGUAGE_RULES, XRuleError, default_terms
from trendsite.languages import tracking
from trendsite.languages.announce import tracked_languages
from trendsite.languages.change_words import in_words
from trendsite.languages.models import Change, Language
from trendsite.languages.tracking import (
    ConflictError,
    SelectionError,
    XSearch,
    countries_of,
    log_change,
    save_search,
    save_tracked,
    search_changed,
    terms_of,
    tracked_codes,
    tracking_changed,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DEFAULT = default_terms("en")


def test_only_the_changed_languages_are_saved():
    selected = save_tracked(LANGUAGES, LANGUAGES - {"de", "fr"}, "ada", NOW)
    assert (selected.added, selected.removed) == (frozenset(), {"de", "fr"})
    assert tracked_codes() == LANGUAGES - {"de", "fr"}
    assert selected.tracked == len(LANGUAGES) - 2


def test_two_editors_who_change_different_languages_do_not_overwrite_each_other():
    save_tracked(LANGUAGES, LANGUAGES - {"de"}, "ada", NOW)
    selected = save_tracked(LANGUAGES, LANGUAGES - {"fr"}, "bob", NOW)
    assert tracked_codes() == LANGUAGES - {"de", "fr"}
    assert selected.removed == {"fr"}
    assert [(change.made_by, change.what) for change in Change.objects.all()] == [
        ("bob", "No longer tracks French."),
        ("ada", "No longer tracks German."),
    ]


def test_a_change_that_is_already_made_is_not_logged_again():
    save_tracked(LANGUAGES, LANGUAGES - {"de"}, "ada", NOW)
    assert not save_tracked(LANGUAGES, LANGUAGES - {"de"}, "bob", NOW).removed
    assert [change.made_by for change in Change.objects.all()] == ["ada"]


def test_at_least_one_language_stays_tracked():
    save_tracked(LANGUAGES, {"en", "de"}, "ada", NOW)
    save_tracked({"en", "de"}, {"de"}, "ada", NOW)
    with pytest.raises(SelectionError):
        save_tracked({"en", "de"}, {"en"}, "bob", NOW)
    assert tracked_codes() == {"de"}


def test_an_unknown_code_does_not_become_a_language():
    assert not save_tracked(LANGUAGES, {*LANGUAGES, "klingon"}, "ada", NOW).added
    assert tracked_codes() == LANGUAGES


def words(code="en"):
    return terms_of(Language.objects.get(code=code))


def save(code, shown, chosen, editor, now):
    return save_search(code, XSearch(tuple(shown)), XSearch(tuple(chosen)), editor, now)


def test_terms_of_an_editor_are_saved_and_announced():
    assert save("en", DEFAULT, ["tea", " good  morning "], "ada", NOW)
    assert words() == ("tea", "good morning")
    assert tracked_languages() == TrackedLanguages(None, {"en": ["tea", "good morning"]})
    change = Change.objects.get()
    assert change.made_by == "ada"
    assert change.what.startswith("Words of English on X: added \u2068tea\u2069, \u2068good morning\u2069; removed")


@pytest.mark.parametrize("wanted", [[], ["", " "], DEFAULT])
def test_without_terms_the_default_ones_come_back_and_follow_later_versions(wanted):
    save("en", DEFAULT, ["tea"], "ada", NOW)
    assert save("en", ["tea"], wanted, "ada", NOW)
    assert words() == DEFAULT
    assert tracked_languages() == TrackedLanguages(None)


def test_the_second_of_two_editors_who_change_the_same_terms_gets_a_conflict():
    save("en", DEFAULT, ["tea"], "ada", NOW)
    with pytest.raises(ConflictError):
        save("en", DEFAULT, ["coffee"], "bob", NOW)
    assert words() == ("tea",)
    assert Change.objects.count() == 1


def test_a_change_between_reading_and_writing_is_a_conflict_too(monkeypatch):
    save("en", DEFAULT, ["coffee"], "ada", NOW)
    original = Language.objects.get

    def read_then_be_overtaken(**query):
        found = original(**query)
        Language.objects.filter(code="en").update(x_terms="tea")
        return found

    monkeypatch.setattr(Language.objects, "get", read_then_be_overtaken)
    with pytest.raises(ConflictError):
        save("en", ["coffee"], ["milk"], "bob", NOW)
    monkeypatch.undo()
    assert words() == ("tea",)
    assert Change.objects.count() == 1


def test_terms_that_x_would_refuse_are_not_saved():
    with pytest.raises(XRuleError):
        save("en", DEFAULT, ["x" * 2_000], "ada", NOW)
    with pytest.raises(XRuleError):
        save("eo", default_terms("eo"), ["teo"], "ada", NOW)
    assert words() == DEFAULT
    assert not Change.objects.exists()


def test_saving_the_same_terms_again_is_no_change():
    assert not save("en", DEFAULT, DEFAULT, "ada", NOW)
    assert not Change.objects.exists()


def test_a_change_names_its_languages_and_many_by_their_codes():
    changed = in_words(tracking_changed({"de", "ja"}, {"fr"}))
    assert changed == "Began to track German, Japanese. No longer tracks French."
    many = ["aa", "ab", "af", "ak", "am", "an", "ar", "as", "av"]
    assert in_words(tracking_changed(many, [])) == f"Began to track 9 languages: {', '.join(many)}."


def test_a_change_of_terms_names_the_added_and_the_removed_ones():
    changed = in_words(search_changed("es", XSearch(("hola", "día")), XSearch(("día", "gato"), ("ES",))))
    assert changed == (
        "Words of Spanish on X: added \u2068gato\u2069; removed \u2068hola\u2069. "
        "Countries of Spanish on X: added \u2068ES\u2069."
    )
    reordered = in_words(search_changed("es", XSearch(("a", "b")), XSearch(("b", "a"))))
    assert reordered == "Words of Spanish on X: put into another order."
    many = in_words(search_changed("es", XSearch(()), XSearch(tuple(map(str, range(60))))))
    assert many.endswith("\u206849\u2069, 10 more.")


def test_a_change_is_read_in_the_language_of_the_reader_and_an_old_one_as_it_was_written():
    save_tracked(LANGUAGES, LANGUAGES - {"de"}, "ada", NOW)
    Change.objects.create(made_at=NOW, made_by="bob", what="Began to track Finnish.")
    with translation.override("es"):
        assert [change.in_words for change in Change.objects.all()] == [
            "Began to track Finnish.",
            "Ya no sigue: Alemán.",
        ]


def test_only_the_newest_changes_stay_in_the_log(monkeypatch):
    monkeypatch.setattr(tracking, "MAX_CHANGES", 3)
    for number in range(5):
        log_change(tracking_changed([], []), f"ada{number}", NOW)
    assert [change.made_by for change in Change.objects.all()] == ["ada4", "ada3", "ada2"]


def test_countries_are_saved_checked_and_announced():
    assert save_search("en", XSearch(DEFAULT), XSearch(DEFAULT, ("us", "GB")), "ada", NOW)
    assert countries_of(Language.objects.get(code="en")) == ("GB", "US")
    assert tracked_languages() == TrackedLanguages(None, {}, {"en": ["GB", "US"]})
    assert Change.objects.get().what == "Countries of English on X: added \u2068GB\u2069, \u2068US\u2069."
    with pytest.raises(XRuleError, match="is not a country"):
        save_search("en", XSearch(DEFAULT, ("GB", "US")), XSearch(DEFAULT, ("UK",)), "ada", NOW)


def test_editors_who_change_words_and_countries_at_once_do_not_undo_each_other():
    shown = XSearch(DEFAULT)
    save_search("en", shown, XSearch(("tea",)), "ada", NOW)
    save_search("en", shown, XSearch(DEFAULT, ("GB",)), "bob", NOW)
    found = Language.objects.get(code="en")
    assert (terms_of(found), countries_of(found)) == (("tea",), ("GB",))
    with pytest.raises(ConflictError):
        save_search("en", shown, XSearch(DEFAULT, ("US",)), "eve", NOW)


def test_words_that_fit_only_without_countries_are_refused_with_them():
    words = tuple(f"{number:0900}" for number in range(MAX_LANGUAGE_RULES))
    assert save("en", DEFAULT, words, "ada", NOW)
    with pytest.raises(XRuleError, match="shorten it"):
        save_search("en", XSearch(words), XSearch(words, tuple(sorted(COUNTRIES)[:MAX_COUNTRIES])), "ada", NOW)
    assert countries_of(Language.objects.get(code="en")) == ()


def test_a_long_change_names_only_its_first_words():
    many = tuple(f"word{number}" for number in range(500))
    save("en", DEFAULT, many, "ada", NOW)
    what = Change.objects.get().what
    assert "word49" in what
    assert "word50" not in what
    assert "450 more" in what
