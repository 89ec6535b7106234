"""``python -m benchmarks.frame_times``: how long Chromium takes from frame to frame while bars race.

The race's own markup, styles and modules, with made-up rankings several times a second, against a bare page that
only counts its frames, in the same run. At 60 frames a second a frame takes 16.7 ms.
"""

import random
import shutil
from statistics import quantiles
from urllib.parse import urlsplit

from django.conf import settings
from django.template import Context, Engine
from playwright.sync_api import Page, Route, sync_playwright

from benchmarks.harness import ROOT, BenchmarkError
from benchmarks.results import Figure, as_text, at_most

SECONDS = 10
RANKINGS_A_SECOND = 5
SIZES = (10, 25, 50)
VIEWPORT = (1_280, 900)

_STATIC = (ROOT / "trendsite" / "static", ROOT / "trendsite" / "board" / "static")
_ADDRESS = "http://race.invalid"

_COUNT_FRAMES = """(milliseconds) => new Promise((done) => {
  const times = [];
  const start = performance.now();
  const look = (now) => {
    times.push(now);
    if (now - start < milliseconds) requestAnimationFrame(look);
    else done(times.slice(1).map((time, index) => time - times[index]));
  };
  requestAnimationFrame(look);
})"""

_RACE = """async ({ rankings, size, pause }) => {
  const { Race } = await import("/static/board/race.js");
  const race = new Race(document.getElementById("race"));
  let next = 0;
  const hours = new Map();
  const lineOf = (key) => {
    const line = () => Array.from({ length: 15 }, (_, hour) => (hour * key.length * 7) % 11);
    if (!hours.has(key)) hours.set(key, { hours: line(), whole: 24, since: "14:20" });
    return hours.get(key);
  };
  const show = () => race.show(rankings[next % rankings.length], size, [], { of: lineOf });
  show();
  setInterval(() => show((next += 1)), pause);
}"""


def measure() -> list[Figure]:
    """Return p50 and p95 of the bare page's frames and of each size of the race.

    Raises:
        BenchmarkError: there is no Chromium.
    """
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise BenchmarkError("no Chromium is installed")
    figures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size in (0, *SIZES):
            page = browser.new_page(viewport={"width": VIEWPORT[0], "height": VIEWPORT[1]})
            page.route("**/*", _serve)
            page.goto(_ADDRESS)
            if size:
                _start_race(page, size)
            figures += _figures(
                f"race of {size}" if size else "bare page", page.evaluate(_COUNT_FRAMES, SECONDS * 1000)
            )
            page.close()
        browser.close()
    return figures


def _start_race(page: Page, size: int) -> None:
    rankings = made_up_rankings(size, SECONDS * RANKINGS_A_SECOND)
    page.evaluate(_RACE, {"rankings": rankings, "size": size, "pause": 1000 / RANKINGS_A_SECOND})


def made_up_rankings(size: int, number: int) -> list[dict[str, object]]:
    """Return rankings in which counts grow unevenly, so that ranks change and hashtags come and go."""
    chance = random.Random(1)  # noqa: S311  # the same race in each run
    counts = {f"Hashtag{index}": 10_000 - 100 * index for index in range(2 * size)}
    rankings: list[dict[str, object]] = []
    for _ in range(number):
        counts = {hashtag: posts + chance.randint(0, 400) for hashtag, posts in counts.items()}
        best = sorted(counts, key=lambda hashtag: -counts[hashtag])[:size]
        top = [{"rank": at + 1, "key": tag, "hashtag": tag, "posts": counts[tag]} for at, tag in enumerate(best)]
        rankings.append({"day": "2026-11-22", "window": "day", "languages": ["*"], "posts": 1, "top": top})
    return rankings


def _serve(route: Route) -> None:
    path = urlsplit(route.request.url).path.removeprefix("/static/")
    files = [folder / path for folder in _STATIC if (folder / path).is_file()]
    if files:
        route.fulfill(path=files[0])
    elif path == "/":
        route.fulfill(body=_page(), content_type="text/html")
    else:
        route.fulfill(status=404)


def _page() -> str:
    """Return a page with the board's styles and the race's markup, and nothing in it yet."""
    engine = Engine(
        dirs=[str(ROOT / "trendsite" / "board" / "templates")],
        libraries={"i18n": "django.templatetags.i18n", "site": "trendsite.template_tags"},
    )
    first = {
        "choice": {"top": 10},
        "words": {"nothing": ""},
        "status": {},
        "ranking": {"top": made_up_rankings(1, 1)[0]["top"]},
    }
    race = engine.get_template("board/race.html").render(Context(first))
    styles = "".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in ("site/site", "board/board"))
    chart = '<script src="/static/board/vendor/chart.js/bars.min.js"></script>'
    return f'<!DOCTYPE html><html lang="en"><head><title>Race</title>{styles}{chart}</head><body>{race}</body></html>'


def _figures(name: str, milliseconds: list[float]) -> list[Figure]:
    percentiles = quantiles(milliseconds, n=100)
    return [
        Figure("frames", f"{name}, p50", percentiles[49], "ms", at_most(17)),
        Figure("frames", f"{name}, p95", percentiles[94], "ms", at_most(34), f"{len(milliseconds)} frames"),
    ]


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    print(as_text(measure()))
