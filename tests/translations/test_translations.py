"""Every text has a translation in every language, and what is made of the translations is up to date."""

from collections.abc import Callable

import pytest
from babel.messages import Catalog
from django.conf import settings

from tests.translations.catalogs import LANGUAGES, compiled, read_po
from tests.translations.faults import faults
from tests.translations.sources import extract


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extract()


@pytest.fixture(scope="module")
def read() -> Callable[[str], Catalog]:
    catalogs = {language: read_po(language) for language in LANGUAGES}
    return lambda language: catalogs[language]


def test_the_site_offers_english_and_every_translated_language():
    assert [code for code, _ in settings.LANGUAGES] == ["en", *LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_text_is_translated(template, read, language):
    assert faults(read(language), template) == [], "`make messages` brings the texts up to date"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_site_reads_is_made_of_the_translations(read, language):
    stale = [path.name for path, content in compiled(read(language)).items() if path.read_bytes() != content]
    assert stale == [], "`make messages` makes them anew"


@pytest.mark.parametrize("text", ["Weekly habits are not known yet.", "This is the ranking at {time}."])
def test_a_text_inside_a_template_literal_of_a_script_is_found(template, text):
    assert any(name.endswith(".js") for name, _ in template[text].locations)
