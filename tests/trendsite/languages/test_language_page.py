"""The page of one language, and the terms by which X finds it."""

import msgspec
import pytest

from contract import redis_names
from contract.status import TrackedLanguages
from contract.x_rule import default_terms
from trendsite.languages.models import Language
from trendsite.languages.tracking import terms_of

pytestmark = pytest.mark.django_db

DEFAULT = default_terms("en")


def save(client, terms, seen=DEFAULT, code="en", **more):
    # Browsers send CRLF line ends.
    fields = {"terms": "\r\n".join(terms), "seen": "\r\n".join(seen), **more}
    return client.post(f"/languages/{code}/", fields, follow=True)


def words(code="en"):
    return terms_of(Language.objects.get(code=code))


def test_an_editor_sees_the_default_terms_the_rule_and_the_limits_of_x(stage, editor):
    html = editor.get("/languages/en/").content.decode()
    assert "today\nnew\nnews" in html
    assert "has:hashtags lang:en" in html
    assert "These words take 1 of 14 rules" in html
    assert "at most 1,024 characters" in html
    assert "X allows 1,000" in html


def test_terms_are_saved_and_announced_to_the_collector(stage, editor):
    html = save(editor, ["tea", "good morning"]).content.decode()
    assert "Saved: English on X." in html
    assert words() == ("tea", "good morning")
    message = stage.client.get(redis_names.TRACKED_LANGUAGES)
    assert msgspec.json.decode(message, type=TrackedLanguages).x_terms == {"en": ["tea", "good morning"]}


def test_a_button_restores_the_default_terms(stage, editor):
    save(editor, ["tea"])
    save(editor, ["tea", "coffee"], seen=["tea"], ours="1")
    assert words() == DEFAULT


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (["x" * 1_200], "X allows 1,024"),
        (["lang:de"], "is not a word"),
        (['"><img src=x onerror=alert(1)>'], "is not a word"),
    ],
)
def test_terms_that_x_would_refuse_are_refused_with_the_reason_and_stay_in_the_form(stage, editor, terms, why):
    answer = save(editor, terms)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert why in html
    assert "<img" not in html
    assert words() == DEFAULT


def test_the_second_of_two_editors_sees_both_versions_and_decides(stage, editor, user_client):
    bob = user_client("editor", name="bob")
    save(editor, ["tea"])
    answer = save(bob, ["coffee"])
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Another editor changed this" in html
    assert "<bdi>tea</bdi>" in html
    assert "coffee</textarea>" in html
    assert words() == ("tea",)
    save(bob, ["coffee"], seen=["tea"])
    assert words() == ("coffee",)


def test_a_language_that_x_cannot_filter_by_has_no_terms(stage, editor):
    html = editor.get("/languages/eo/").content.decode()
    assert "X cannot filter by this language" in html
    assert "<textarea" not in html
    assert save(editor, ["teo"], code="eo").status_code == 404


def test_an_unknown_code_has_no_page(stage, editor):
    assert editor.get("/languages/klingon/").status_code == 404


def test_a_viewer_reads_the_terms_without_a_form(stage, user_client):
    html = user_client("viewer").get("/languages/en/").content.decode()
    assert "<textarea" not in html
    assert '<bdi lang="en">today</bdi>' in html


def test_costs_on_x_are_shown_only_if_x_is_a_source(stage, editor):
    stage.show()
    html = editor.get("/languages/en/").content.decode()
    assert "X is no source here." in html
    assert "Cost a month on X" not in html
    stage.source = "x"
    stage.show()
    html = editor.get("/languages/en/").content.decode()
    assert "X is no source here." not in html
    assert "Cost a month on X" in html


def test_the_page_works_without_redis(editor):
    assert "not known" in editor.get("/languages/en/").content.decode()


def test_many_words_take_several_rules(stage, editor):
    many = [f"word{number}" for number in range(300)]
    html = save(editor, many).content.decode()
    assert words() == tuple(many)
    assert "These words take 4 of 14 rules" in html
    assert "The 4 rules that are sent to X" in html
    stage.source = "x"
    stage.show()
    everywhere = editor.get("/languages/").content.decode()
    assert everywhere.partition("The words take ")[2].partition(" that")[0] == "40 of the 1,000 rules"


def test_countries_restrict_a_language(stage, editor, user_client):
    html = save(editor, DEFAULT, countries="us, gb").content.decode()
    assert 'value="GB US"' in html
    assert "(place_country:GB OR place_country:US)" in html
    message = stage.client.get(redis_names.TRACKED_LANGUAGES)
    assert msgspec.json.decode(message, type=TrackedLanguages).x_countries == {"en": ["GB", "US"]}
    assert "Only with a place in GB US." in user_client("viewer").get("/languages/en/").content.decode()
    stage.source = "x"
    stage.show()
    assert "in GB US" in editor.get("/languages/").content.decode()


def test_an_unknown_country_is_refused_and_stays_in_the_form(stage, editor):
    answer = save(editor, DEFAULT, countries="UK")
    assert answer.status_code == 422
    assert "is not a country" in answer.content.decode()
    assert 'value="UK"' in answer.content.decode()


def test_an_editor_who_changes_words_keeps_the_countries_of_another(stage, editor, user_client):
    bob = user_client("editor", name="bob")
    save(editor, DEFAULT, countries="US")
    save(bob, ["coffee"])
    found = Language.objects.get(code="en")
    assert (terms_of(found), found.x_countries) == (("coffee",), "US")
