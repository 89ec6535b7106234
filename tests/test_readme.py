"""The README and the docs tell the same story as the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
PARTS = ("contract", "collector", "streaming", "trendsite", "launch")

# What the launcher hands to its own greeter, and no person sets.
OWN_TO_LAUNCH = {"FIRST_START", "GREETER_IS_LIVE"}


def settings_read() -> set[str]:
    reading = re.compile(
        r"\b(?:text|choice|integer|number|flag|address|required|_http_url)\(\s*(?:env, )?[\"']([A-Z_]+)[\"']"
    )
    code = "".join(path.read_text() for part in PARTS for path in (ROOT / part).rglob("*.py"))
    return set(reading.findall(code)) | {"JAVA_HOME"}


def test_the_table_of_settings_names_every_setting_and_no_other():
    table = README.split("## Settings")[1].split("## ")[0]
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    assert documented == settings_read() - OWN_TO_LAUNCH


def test_every_make_target_that_the_docs_name_exists():
    docs = README + "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test"} <= set(re.findall(r"\bmake ([a-z]+)\b", docs)) <= targets


def test_every_file_that_the_docs_name_exists():
    docs = README + (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"[`(]((?:docs|contract|tests|collector|streaming|trendsite|launch)/[\w./]+)", docs)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
