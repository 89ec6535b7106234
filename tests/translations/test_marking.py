"""No template and no script has a text for people outside the tags and calls that translate it."""

import re
from html.parser import HTMLParser

import pytest

from tests.translations.sources import ROOT, SITE, source_files

# Names, units and formats, which every language writes alike.
NAMES = (
    *("Trendsite", "UTC", "JSON", "CSV", "Excel", "Parquet", "RSS", "API", "Redis", "Spark", "Django", "UTF"),
    *("Bluesky", "Mastodon", "Kafka", "OpenAPI", "WebSocket", "HTTP", "PNG", "QR", "TV", "URL", "https", "webhook"),
    *("JavaScript", "HTML", "SVG", "CSV"),
    *("nbsp", "middot", "times", "minus", "ndash", "mdash", "rarr", "larr", "hellip", "shy"),
)
SHOWN_ATTRIBUTES = ("title", "aria-label", "aria-description", "placeholder", "alt", "aria-roledescription")

_COMMENT = re.compile(r"{#.*?#}|{% comment.*?endcomment %}", re.DOTALL)
_TRANSLATED = re.compile(r"{% blocktrans.*?{% endblocktrans\w* %}", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")


class Texts(HTMLParser):
    """Collects the words of a template that a person reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.words: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "style", "code", "pre", "kbd", "bdi"):
            self._hidden.append(tag)
        named = dict(attributes)
        self._add(*(named.get(name) or "" for name in SHOWN_ATTRIBUTES))
        if tag == "meta" and named.get("name") == "description":
            self._add(named.get("content") or "")

    def handle_endtag(self, tag):
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data):
        if not self._hidden:
            self._add(data)

    def _add(self, *texts):
        self.words += [word for text in texts for word in _WORD.findall(text) if word not in NAMES]


def unmarked_in_template(text: str) -> list[str]:
    for pattern in (_COMMENT, _TRANSLATED, _TAG):
        text = pattern.sub(" ", text)
    texts = Texts()
    texts.feed(text)
    texts.close()
    return texts.words


TEMPLATES = [path for path in source_files() if path.suffix in (".html", ".txt")]
SCRIPTS = [path for path in source_files() if path.suffix == ".js"]


def named(path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_has_no_text_outside_the_tags_that_translate(path):
    assert unmarked_in_template(path.read_text()) == []


def test_texts_in_elements_attributes_and_titles_are_found():
    template = '<title>{{ x }} · One</title><p title="Two" class="no">{% if a %}Three{% endif %}<code>no</code></p>'
    assert unmarked_in_template(template) == ["One", "Two", "Three"]


_JS_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
_JS_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
_JS_TRANSLATED = re.compile(r'\b(?:gettext|ngettext)\(\s*((?:"(?:[^"\\\n]|\\.)*",?\s*)+)')
_JS_FOR_DEVELOPERS = re.compile(r"(?:console\.\w+|new Error)\([^\n]*")
_PROSE = re.compile(r"^[A-Z][a-z]+ [a-z]+|[a-z]{2,} [a-z]{2,} [a-z]{2,}|^[A-Z][a-z]{2,}$|, [a-z]{3,}$|^ ?[a-z]{3,} $")
# Selectors and the like have signs that sentences do not have.
_SELECTOR = re.compile(r"^[a-z]+(, [a-z]+)+$|[.#\[\]=>:()]\w|--")
_JS_NOT_SHOWN = re.compile(r"^(use strict|[A-Z]\w+(Left|Right|Up|Down)|Escape|Enter|Home|End|Tab|Delete|Backspace)$")


def unmarked_in_script(text: str) -> list[str]:
    for pattern in (_JS_COMMENT, _JS_FOR_DEVELOPERS, _JS_TRANSLATED):
        text = pattern.sub("", text)
    texts = [quoted or re.sub(r"\$\{[^}]*\}", "…", template) for quoted, template in _JS_STRING.findall(text)]
    return [one for one in texts if _PROSE.search(one) and not (_SELECTOR.search(one) or _JS_NOT_SHOWN.match(one))]


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_has_no_sentence_outside_gettext(path):
    assert unmarked_in_script(path.read_text()) == []


def test_sentences_of_a_script_are_found():
    script = 'a.textContent = "Nothing found"; b(gettext("Fine here", { x })); q(".a, .b span");'
    script += "c = `${n} posts in the last hour`;"
    assert unmarked_in_script(script) == ["Nothing found", "… posts in the last hour"]


def test_every_page_of_the_site_is_among_the_templates():
    assert SITE / "templates" / "base.html" in TEMPLATES
