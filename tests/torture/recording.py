"""A seed -> a made-up recording of three days: disorder, repeats, leaps, rubbish, many scripts."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

BEGIN = datetime(2026, 3, 4, 0, 10, tzinfo=UTC)
DAY_GRACE = timedelta(hours=1)

_LANGUAGES = ("en", "en", "en", "es", "iw", "zh-CN", "ja", "in", "und", "tlh", "pt_BR", None)
_WORDS = (
    "Tea",
    "TEA",
    "cupOfTea",
    "Straße",
    "STRASSE",
    "İstanbul",
    "café",
    "cafe\u0301",
    "ＷＯＲＬＤＣＵＰ",
    "WorldCup",
)
_SCRIPTS = ("日本語", "한국어", "नमस्ते", "مرحبا", "שלום", "ﬁn_de_siècle", "=1+1", "ǅungla", "Ⅷ", "<b>")
_HALF_SEEN = ("\u202etrap", "so\u00adft", "soft", "\ufeffsoft", "❤\ufe0f", "❤", "م\u200cر", "مـر", "ﷺ")
_IMPOSSIBLE = ("two words", "x" * 101, "#", "", "line\nbreak", "\u3164", "\u0301", "\ue000", "\ufe0f\u20e3")
_RUBBISH = ("{ broken", "[]", '{"id": "m"}', "x" * 70_000, '{"id": "", "created_at": "2026-03-04T00:00:00Z"}')
_INDIA = timezone(timedelta(hours=5, minutes=30))

_CALM_LINES = 60
"""After a leap this many posts are in order: a run of them confirms the leap."""


def write_recording(path: Path, seed: int, posts: int) -> None:
    """Write about ``posts`` posts, and between them lines that are no posts or are dropped."""
    choice = random.Random(f"recording {seed}")
    path.write_text("\n".join(_lines(choice, posts)) + "\n", encoding="utf-8")


def _lines(choice: random.Random, posts: int) -> Iterator[str]:
    # Either the second day is still open at the end, or the third is.
    pace = timedelta(hours=choice.choice([48.5, 66])) / posts
    leaps = {choice.randrange(posts // 4, 3 * posts // 4): timedelta(hours=choice.choice([2, 5])) for _ in range(2)}
    recent: list[str] = []
    moment, calm = BEGIN, _CALM_LINES
    for number in range(posts):
        if number in leaps:
            moment, calm = moment + leaps[number], _CALM_LINES
        moment += pace
        calm -= 1
        at = moment if calm > 0 else moment - _disorder(choice)
        line = _post(choice, number, at)
        yield line
        if calm <= 0:
            recent = [*recent[-400:], line]
            yield from _oddities(choice, number, moment, recent)


def _disorder(choice: random.Random) -> timedelta:
    """Return how late a post is: mostly not, sometimes within the grace, rarely beyond it."""
    share = choice.random()
    if share < 0.8:
        return timedelta(0)
    return choice.random() * (DAY_GRACE * 0.95 if share < 0.995 else 5 * DAY_GRACE)


def _oddities(choice: random.Random, number: int, moment: datetime, recent: list[str]) -> Iterator[str]:
    if choice.random() < 0.05:
        yield choice.choice(recent)
    if choice.random() < 0.002:
        yield choice.choice(_RUBBISH)
    if choice.random() < 0.002:
        yield _post(choice, -number, moment + timedelta(days=choice.choice([40, 400])))


def _post(choice: random.Random, number: int, at: datetime) -> str:
    zone = _INDIA if choice.random() < 0.02 else UTC
    post = {"id": f"m{number}", "created_at": at.astimezone(zone).isoformat(), "lang": choice.choice(_LANGUAGES)}
    if choice.random() < 0.7:
        post["author"] = f"account {choice.randrange(900)}"
    return json.dumps({**post, "hashtags": _hashtags(choice, number)}, ensure_ascii=choice.random() < 0.5)


def _hashtags(choice: random.Random, number: int) -> list[str]:
    if choice.random() < 0.001:
        return [f"many{each}" for each in range(90)]
    pool = (*_WORDS, *_SCRIPTS, *_HALF_SEEN, *_IMPOSSIBLE, f"rare{number}", f"Common{int(choice.expovariate(0.02))}")
    return [choice.choice(("", "", "#", "＃")) + word for word in choice.sample(pool, choice.randrange(5))]
