"""The words by which X finds a language, chosen by several people."""

from datetime import UTC, datetime

import pytest

from contract.status import TrackedLanguages
from contract.x_rule import XRuleError, default_terms
from trendsite.languages.announce import tracked_languages
from trendsite.languages.models import Change, Language
from trendsite.languages.words import ConflictError, keep_terms, terms_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OURS = default_terms("en")


def words(code="en"):
    return terms_of(Language.objects.get(code=code))


def test_words_that_somebody_chose_are_kept_and_announced():
    assert keep_terms("en", OURS, ["tea", " good  morning "], "ada", NOW)
    assert words() == ("tea", "good morning")
    assert tracked_languages() == TrackedLanguages(None, {"en": ["tea", "good morning"]})
    change = Change.objects.get()
    assert change.made_by == "ada"
    assert change.what.startswith("Words of English on X: added \u2068tea\u2069, \u2068good morning\u2069; removed")


@pytest.mark.parametrize("wanted", [[], ["", " "], OURS])
def test_no_words_and_our_words_are_ours_and_follow_them(wanted):
    keep_terms("en", OURS, ["tea"], "ada", NOW)
    assert keep_terms("en", ["tea"], wanted, "ada", NOW)
    assert words() == OURS
    assert tracked_languages() == TrackedLanguages(None)


def test_the_second_of_two_who_change_the_same_words_is_told_and_overwrites_nothing():
    keep_terms("en", OURS, ["tea"], "ada", NOW)
    with pytest.raises(ConflictError):
        keep_terms("en", OURS, ["coffee"], "bob", NOW)
    assert words() == ("tea",)
    assert Change.objects.count() == 1


def test_who_is_quicker_between_reading_and_writing_is_not_overwritten_either(monkeypatch):
    keep_terms("en", OURS, ["coffee"], "ada", NOW)
    original = Language.objects.get

    def read_then_be_overtaken(**query):
        found = original(**query)
        Language.objects.filter(code="en").update(x_terms="tea")
        return found

    monkeypatch.setattr(Language.objects, "get", read_then_be_overtaken)
    with pytest.raises(ConflictError):
        keep_terms("en", ["coffee"], ["milk"], "bob", NOW)
    monkeypatch.undo()
    assert words() == ("tea",)
    assert Change.objects.count() == 1


def test_what_x_would_refuse_is_not_saved():
    with pytest.raises(XRuleError):
        keep_terms("en", OURS, ["x" * 2_000], "ada", NOW)
    with pytest.raises(XRuleError):
        keep_terms("eo", OURS, ["teo"], "ada", NOW)
    assert words() == OURS
    assert not Change.objects.exists()


def test_saving_the_same_words_again_is_no_change():
    assert not keep_terms("en", OURS, OURS, "ada", NOW)
    assert not Change.objects.exists()
