"""axe-core in a page: finds what a reader with another device or sense could not use.

It comes from npm, once a version, into pytest's cache; people who only run Trendsite need neither.
"""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

VERSION = "4.14.1"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_RUN = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules });
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target}`));
}"""


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> Callable[[Page], list[str]]:
    """``axe(page)`` returns what is wrong with a page as it stands, a line each; nothing is an empty list."""
    assert request.config.cache
    source = _axe_source(Path(request.config.cache.mkdir("axe-core")))

    def violations(page: Page) -> list[str]:
        page.evaluate(source)  # unlike a script element, this is not the page's own and its policy does not forbid it
        found: list[str] = page.evaluate(_RUN, list(RULES))
        return found

    return violations


def _axe_source(folder: Path) -> str:
    package = folder / f"axe-core-{VERSION}.tgz"
    if not package.exists():
        _fetch(folder)
    with tarfile.open(package) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script
        return script.read().decode()


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        message = "axe-core cannot be fetched without npm (Debian: apt install npm)"
        pytest.fail(message) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(message)
    command = [npm, "pack", "--silent", f"axe-core@{VERSION}", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
