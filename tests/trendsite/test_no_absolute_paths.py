"""No template, script or style sheet of ours names an absolute path: the site may be served under a path of a proxy."""

import re
from pathlib import Path

import pytest

from trendsite.public_url import _OUR_FIRST_SEGMENTS
from trendsite.urls import urlpatterns

SITE = Path(__file__).resolve().parents[2] / "trendsite"
FILES = [
    path
    for path in SITE.rglob("*")
    if path.suffix in {".html", ".txt", ".js", ".css", ".svg"}
    and "vendor" not in path.parts
    and ".min." not in path.name
]

# After a quote, a bracket or an equals sign, a slash and then a word, or nothing: a path. `</p>`, `//`, `/*` are none.
ABSOLUTE = re.compile(r"""["'`(=]/(?:[a-z][\w.-]*)?(?=["'`)/?#\s$]|$)""", re.MULTILINE)
# What a path may follow in an address: location.host, get_host.
WHOLE = re.compile(r"(?:location\.(?:host|origin)\b|get_host\b|build_absolute_uri)[^`;]{0,3}\}/")
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*|\{#.*?#\}|<!--.*?-->", re.DOTALL)


def faults(text: str) -> list[str]:
    told = COMMENT.sub("", text)
    return [match[0] for pattern in (ABSOLUTE, WHOLE) for match in pattern.finditer(told)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SITE)))
def test_a_file_names_no_absolute_path(path):
    assert faults(path.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        '<a href="/days/">',
        "<a href=/days/>",
        "fetch(`/api/v1/top?q=${q}`)",
        'location.assign("/")',
        "url(/static/x.svg)",
        "`${scheme}://${location.host}/ws/board/`",
        '{% if request.path == "/hidden/" %}',
    ],
)
def test_the_scan_finds_one(text):
    assert faults(text) != []


@pytest.mark.parametrize(
    "text", ["</p>", "a / b", '"image/png"', "// to /days/", 'href="{% url "board" %}"', "${ROOT}ws/"]
)
def test_the_scan_takes_nothing_else_for_one(text):
    assert faults(text) == []


def test_no_prefix_may_begin_as_a_page_of_the_site_does():
    """A proxy that takes the path away would otherwise leave an address that looks as if it had it."""

    def firsts(patterns):
        for pattern in patterns:
            first = str(pattern.pattern).split("/")[0]
            if first:
                yield first
            elif hasattr(pattern, "url_patterns"):
                yield from firsts(pattern.url_patterns)

    named = {first for first in firsts(urlpatterns) if re.fullmatch(r"[a-z-]+", first)}
    assert named - {""} <= _OUR_FIRST_SEGMENTS
