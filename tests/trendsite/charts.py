"""What a page with a chart has drawn: bars in pixels as Chart.js has them, texts as the canvas got them, SVG shapes."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

_NO_VALUE = re.compile(r"\bNaN\b|\bInfinity\b|\bundefined\b|\bnull\b|\[object ")

# A chart clears its canvas before each drawing: what is noted since is what stands there.
_NOTE_TEXTS = """() => {
  const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
    (this.canvas.texts ??= []).push({ text: String(text), at: where });
    return fillText.call(this, text, ...where);
  };
  CanvasRenderingContext2D.prototype.clearRect = function (...area) {
    this.canvas.texts = [];
    return clearRect.apply(this, area);
  };
}"""
# The page may still draw an earlier ranking: what it was painted with, or one that was on its way.
_RESTS_AT = """(amounts) => {
  const chart = window.Chart?.getChart("chart");
  if (!chart || Chart.animator.running(chart)) return false;
  const { min, max } = chart.options.scales.y;
  const inSight = chart.data.datasets[0].data.filter(({ y }) => y <= max - min);
  const drawn = inSight.sort((one, other) => one.y - other.y).map(({ x }) => x);
  return JSON.stringify(drawn) === JSON.stringify(amounts);
}"""
_RESTS = """() => {
  const chart = window.Chart?.getChart("chart");
  return Boolean(chart) && !Chart.animator.running(chart);
}"""
_DRAWN = """() => {
  const chart = Chart.getChart("chart");
  const { data } = chart.getDatasetMeta(0);
  const bars = chart.data.datasets[0].data.map(({ x, y }, index) => ({
    amount: x, rank: y, width: data[index].width, left: data[index].x - data[index].width, line: data[index].y,
  }));
  const plain = (value) => (Number.isFinite(value) ? value : String(value));
  return {
    bars: bars.map((bar) => Object.fromEntries(Object.entries(bar).map(([name, value]) => [name, plain(value)]))),
    size: chart.options.scales.y.max - chart.options.scales.y.min,
    room: chart.chartArea.width,
    texts: chart.canvas.texts.map(({ text, at }) => [text, ...at.map(plain)]),
  };
}"""
_SHAPES = """() => [...document.querySelectorAll("svg *")].flatMap((shape) =>
  [...shape.attributes].map(({ name, value }) => `${shape.tagName} ${name}=${value}`))"""


@dataclass(frozen=True)
class Drawn:
    """The bars in sight from the first place on, (amount, pixels); names and numbers as texts; all texts but names."""

    bars: list[tuple[float, float]]
    names: list[str]
    numbers: list[str]
    words: list[str]
    room: float


def note_drawn_texts(page: Page) -> None:
    """Note what is written on canvases, from the next page on."""
    page.add_init_script(f"({_NOTE_TEXTS})()")


def wait_for_rest(page: Page) -> None:
    """Wait until the chart is there and no bar of it moves."""
    page.wait_for_function(_RESTS)


def drawn_on(page: Page, amounts: Sequence[float]) -> Drawn:
    """Wait until the chart rests with bars of these amounts; return what is drawn. No number of it may be none."""
    page.wait_for_function(_RESTS_AT, arg=list(amounts))
    found = page.evaluate(_DRAWN)
    for bar in found["bars"]:
        assert all(isinstance(value, int | float) and math.isfinite(value) for value in bar.values()), bar
    for text, *where in found["texts"]:
        assert not _NO_VALUE.search(text), text
        assert all(isinstance(value, int | float) for value in where), (text, where)
    in_sight = sorted((bar for bar in found["bars"] if bar["rank"] <= found["size"]), key=lambda bar: bar["rank"])
    texts = [text for text, *_ in sorted(found["texts"], key=lambda text: (text[2], text[1]))]
    return Drawn(
        bars=[(bar["amount"], bar["width"]) for bar in in_sight],
        names=[text.strip("\u2068\u2069") for text in texts if text.startswith("\u2068#")],
        numbers=[text for text in texts if re.fullmatch(r"[\d,]+", text)],
        words=[text.strip("\u2068\u2069") for text in texts if not text.startswith("\u2068#")],
        room=found["room"],
    )


def assert_draws(page: Page, counts: Mapping[str, float], labels: Sequence[str] | None = None) -> None:
    """Assert that the chart has a bar for each hashtag, most first, as long as its count, with its name and label.

    The label is the count, unless ``labels`` are given. Nowhere on the page may stand something that is no number.
    """
    drawn = drawn_on(page, list(counts.values()))
    most = max(1.0, *counts.values())
    for amount, pixels in drawn.bars:
        assert abs(pixels - max(3.0, drawn.room * amount / most)) < 1, (amount, pixels, drawn.room)
    for name, hashtag in zip(drawn.names, counts, strict=True):
        assert f"#{hashtag}".startswith(name.removesuffix("…")), (name, hashtag)
    ranks = [str(rank) for rank in range(1, len(counts) + 1)]
    if labels is None:
        assert sorted(drawn.numbers) == sorted([*ranks, *(f"{count:,.0f}" for count in counts.values())])
    else:
        assert sorted(drawn.numbers) == sorted(ranks)
        assert Counter(labels) - Counter(drawn.words) == Counter(), drawn.words
    assert_says_numbers(page)


def assert_says_numbers(page: Page) -> None:
    """Assert that no text, title or shape of the page has something that is no number."""
    assert not _NO_VALUE.search(page.locator("body").inner_text())
    assert [shape for shape in page.evaluate(_SHAPES) if re.search(r"NaN|Infinity|undefined|null|None", shape)] == []
