"""The README and the docs agree with the code."""

import re
from pathlib import Path

import pytest

from contract.environment import SECRET_SETTINGS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docker").rglob("*.md"))]
PARTS = ("contract", "collector", "streaming", "trendsite", "launch")

# What the launcher hands to its own greeter, and no person sets.
OWN_TO_LAUNCH = {"FIRST_START", "GREETER_IS_LIVE"}


def settings_read() -> set[str]:
    reading = re.compile(
        r"\b(?:text|choice|integer|number|flag|address|required|items|hosts|secret|_http_url)"
        r"\(\s*(?:env, )?[\"']([A-Z0-9_]+)[\"']"
    )
    code = "".join(path.read_text() for part in PARTS for path in (ROOT / part).rglob("*.py"))
    return set(reading.findall(code)) | {"JAVA_HOME"}


def settings_table(text: str) -> dict[str, str]:
    """Return the default of each setting in the tables of a page."""
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \|(.*?)\|", text, re.MULTILINE))


def test_the_tables_of_settings_name_every_setting_and_no_other():
    documented = set(settings_table((ROOT / "docs" / "settings.md").read_text()))
    assert documented == settings_read() - OWN_TO_LAUNCH


def test_the_settings_that_can_be_in_files_are_named_where_settings_are_explained():
    explained = (ROOT / "docs" / "settings.md").read_text().split("## ")[0]
    named = set(re.findall(r"`([A-Z_]+)`", explained)) - {"DATA_DIR"}
    assert named == SECRET_SETTINGS
    assert settings_read() >= SECRET_SETTINGS


def test_the_readme_has_ten_settings_with_the_same_defaults():
    documented = settings_table((ROOT / "docs" / "settings.md").read_text())
    few = settings_table(README.split("## Settings")[1].split("## ")[0])
    assert len(few) == 10
    assert few.items() <= documented.items()


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_the_docs_leads_somewhere(page: Path):
    for target, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", page.read_text()):
        linked = (page.parent / target) if target else page
        assert linked.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in headings}


def test_every_make_target_that_the_docs_name_exists():
    docs = "".join(path.read_text() for path in PAGES)
    rules = re.findall(r"^([a-z][a-z -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    assert {"run", "test", "demo-bluesky"} <= set(re.findall(r"\bmake ([a-z-]+)\b", docs)) <= targets


def test_every_file_that_the_docs_name_exists():
    docs = "".join(path.read_text() for path in PAGES)
    named = re.findall(r"`((?:docs|contract|tests|collector|streaming|trendsite|launch)/[\w./]+)", docs)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
