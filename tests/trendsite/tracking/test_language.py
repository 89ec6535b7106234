"""The page of one language, and the words by which X finds it."""

import msgspec
import pytest

from contract import redis_names
from contract.status import TrackedLanguages
from contract.x_rule import default_terms
from trendsite.languages.models import Language
from trendsite.languages.words import terms_of

pytestmark = pytest.mark.django_db

OURS = default_terms("en")


def save(client, terms, seen=OURS, code="en", **more):
    # Browsers end lines as the standard of forms has it.
    fields = {"terms": "\r\n".join(terms), "seen": "\r\n".join(seen), **more}
    return client.post(f"/languages/{code}/", fields, follow=True)


def words(code="en"):
    return terms_of(Language.objects.get(code=code))


def test_an_editor_finds_our_words_the_rule_and_what_x_allows(stage, editor):
    html = editor.get("/languages/en/").content.decode()
    assert "today\nnew\nnews" in html
    assert "has:hashtags lang:en" in html
    assert "of the 1,024 characters" in html
    assert "X allows 1,000" in html


def test_words_are_saved_and_the_collector_hears_them(stage, editor):
    html = save(editor, ["tea", "good morning"]).content.decode()
    assert "Saved: the words of English." in html
    assert words() == ("tea", "good morning")
    message = stage.client.get(redis_names.TRACKED_LANGUAGES)
    assert msgspec.json.decode(message, type=TrackedLanguages).x_terms == {"en": ["tea", "good morning"]}


def test_our_words_come_back_at_the_press_of_a_button(stage, editor):
    save(editor, ["tea"])
    save(editor, ["tea", "coffee"], seen=["tea"], ours="1")
    assert words() == OURS


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (["x" * 1_200], "X allows 1,024"),
        (["lang:de"], "is no word"),
        (['"><img src=x onerror=alert(1)>'], "is no word"),
    ],
)
def test_what_x_would_refuse_is_refused_here_with_the_reason_and_what_was_typed(stage, editor, terms, why):
    answer = save(editor, terms)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert why in html
    assert "<img" not in html
    assert words() == OURS


def test_of_two_who_change_the_same_words_the_second_sees_both_and_decides(stage, editor, somebody):
    bob = somebody("editor", name="bob")
    save(editor, ["tea"])
    answer = save(bob, ["coffee"])
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody changed these words" in html
    assert "<bdi>tea</bdi>" in html
    assert "coffee</textarea>" in html
    assert words() == ("tea",)
    save(bob, ["coffee"], seen=["tea"])
    assert words() == ("coffee",)


def test_a_language_that_x_cannot_tell_has_no_words_to_change(stage, editor):
    html = editor.get("/languages/eo/").content.decode()
    assert "X cannot tell" in html
    assert "<textarea" not in html
    assert save(editor, ["teo"], code="eo").status_code == 404


def test_there_is_no_page_of_what_is_no_language(stage, editor):
    assert editor.get("/languages/klingon/").status_code == 404


def test_a_viewer_reads_the_words_without_a_form(stage, somebody):
    html = somebody("viewer").get("/languages/en/").content.decode()
    assert "<textarea" not in html
    assert '<bdi lang="en">today</bdi>' in html


def test_without_redis_the_page_is_there(editor):
    assert "not known" in editor.get("/languages/en/").content.decode()
