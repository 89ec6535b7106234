"""What is saved when somebody chooses the tracked languages, alone or beside somebody else."""

from datetime import UTC, datetime

import pytest

from contract.language import LANGUAGES
from trendsite.languages.models import Change
from trendsite.languages.selection import SelectionError, select, tracked_codes

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_only_what_somebody_changed_is_saved():
    selected = select(LANGUAGES, LANGUAGES - {"de", "fr"}, "ada", NOW)
    assert (selected.added, selected.removed) == (frozenset(), {"de", "fr"})
    assert tracked_codes() == LANGUAGES - {"de", "fr"}
    assert selected.tracked == len(LANGUAGES) - 2


def test_two_who_change_different_languages_overwrite_nothing_of_each_other():
    select(LANGUAGES, LANGUAGES - {"de"}, "ada", NOW)
    selected = select(LANGUAGES, LANGUAGES - {"fr"}, "bob", NOW)
    assert tracked_codes() == LANGUAGES - {"de", "fr"}
    assert selected.removed == {"fr"}
    assert [(change.made_by, change.what) for change in Change.objects.all()] == [
        ("bob", "No longer tracks French."),
        ("ada", "No longer tracks German."),
    ]


def test_who_changes_what_is_so_already_changes_nothing_and_is_not_noted():
    select(LANGUAGES, LANGUAGES - {"de"}, "ada", NOW)
    assert not select(LANGUAGES, LANGUAGES - {"de"}, "bob", NOW).removed
    assert [change.made_by for change in Change.objects.all()] == ["ada"]


def test_at_least_one_language_stays_tracked():
    select(LANGUAGES, {"en", "de"}, "ada", NOW)
    select({"en", "de"}, {"de"}, "ada", NOW)
    with pytest.raises(SelectionError):
        select({"en", "de"}, {"en"}, "bob", NOW)
    assert tracked_codes() == {"de"}


def test_what_is_no_language_is_none_afterwards():
    assert not select(LANGUAGES, {*LANGUAGES, "klingon"}, "ada", NOW).added
    assert tracked_codes() == LANGUAGES
