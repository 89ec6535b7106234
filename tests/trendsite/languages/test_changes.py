"""How changes are told, and that not all are kept."""

from datetime import UTC, datetime

import pytest

from trendsite.languages import changes
from trendsite.languages.changes import note_change, terms_changed, tracking_changed
from trendsite.languages.models import Change

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_change_names_its_languages_and_many_by_their_codes():
    assert tracking_changed({"de", "ja"}, {"fr"}) == "Began to track German, Japanese. No longer tracks French."
    many = ["aa", "ab", "af", "ak", "am", "an", "ar", "as", "av"]
    assert tracking_changed(many, []) == f"Began to track 9 languages: {', '.join(many)}."


def test_a_change_of_words_tells_those_that_came_and_went():
    told = terms_changed("es", ("hola", "día"), ("día", "gato"))
    assert told == "Words of Spanish on X: added \u2068gato\u2069; removed \u2068hola\u2069."
    assert terms_changed("es", ("a", "b"), ("b", "a")) == "Words of Spanish on X: put into another order."


@pytest.mark.django_db
def test_the_newest_changes_are_kept(monkeypatch):
    monkeypatch.setattr(changes, "KEPT_CHANGES", 3)
    for number in range(5):
        note_change(f"change {number}", "ada", NOW)
    assert [change.what for change in Change.objects.all()] == ["change 4", "change 3", "change 2"]
