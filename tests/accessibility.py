"""Check pages for accessibility with axe-core.

npm downloads each version once into pytest's cache. Running Trendsite needs neither npm nor axe-core.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

VERSION = "4.14.1"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

# A transition shows colours on their way, whose contrast means nothing. What goes on without end cannot be finished.
_RUN = """async (rules) => {
  for (const change of document.getAnimations()) {
    if (change.effect?.getComputedTiming().endTime !== Infinity) change.finish();
  }
  const found = await axe.run(document, { runOnly: rules });
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target}`));
}"""


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Page], list[str]]:
    """``axe(page)`` returns a line for each violation in the page's present state."""
    cache = getattr(request.config, "cache", None)  # not there with -p no:cacheprovider
    source = _axe_source(cache.mkdir("axe-core") if cache else tmp_path_factory.mktemp("axe-core"))

    def violations(page: Page) -> list[str]:
        page.evaluate(source)  # the page's content security policy forbids a script element, not this
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
    """Download axe-core; another test process may do so at the same time."""
    npm = shutil.which("npm")
    if npm is None:
        message = "axe-core cannot be fetched without npm (Debian: apt install npm)"
        pytest.fail(message) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(message)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        command = [npm, "pack", "--silent", f"axe-core@{VERSION}", "--pack-destination", unfinished]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        (package,) = Path(unfinished).iterdir()
        package.rename(folder / package.name)
