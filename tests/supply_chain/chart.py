"""``python -m tests.supply_chain.chart``: make the site's copy of Chart.js anew, with nothing but bars. Needs npm.

All of Chart.js takes 71 kB compressed, more than half of the first page. What draws bars takes 48.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

FILE: Final = Path("trendsite/board/static/board/vendor/chart.js/bars.min.js")

_CHART, _ESBUILD = "4.6.1", "0.28.2"
_BANNER = f"/*! Chart.js v{_CHART} - bars only - https://www.chartjs.org - MIT License: LICENSE.md */"
_ENTRY = """\
import { animator, BarController, BarElement, CategoryScale, Chart, LinearScale } from "chart.js";
Chart.register(BarController, BarElement, CategoryScale, LinearScale);
// As in the whole library. Tests ask it whether bars still move.
window.Chart = Object.assign(Chart, { animator });
"""
_SECONDS = 120


def main() -> None:
    """Write the file.

    Raises:
        SystemExit: npm is missing.
        CalledProcessError: npm cannot download, or the bundler fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("Chart.js cannot be fetched without npm (Debian: apt install npm)")
    root = Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory(prefix="trendsite-chart-") as folder:
        packages = (f"chart.js@{_CHART}", f"esbuild@{_ESBUILD}")
        _run([npm, "install", "--silent", "--no-save", "--prefix", folder, *packages], folder)
        (Path(folder) / "bars.js").write_text(_ENTRY)
        options = ("--bundle", "--minify", "--format=iife", "--target=es2022", "--legal-comments=none")
        bundle = [f"{folder}/node_modules/.bin/esbuild", "bars.js", *options, f"--banner:js={_BANNER}"]
        _run([*bundle, f"--outfile={root / FILE}", "--log-level=warning"], folder)
    print(f"{FILE}: {(root / FILE).stat().st_size:,} bytes")


def _run(command: list[str], folder: str) -> None:
    subprocess.run(command, cwd=folder, check=True, timeout=_SECONDS)


if __name__ == "__main__":
    main()
