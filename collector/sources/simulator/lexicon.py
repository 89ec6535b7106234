"""What a lexicon of hashtags is: the words of one language, and how that language writes several of them together."""

from dataclasses import dataclass

DAYS_OF_WEEK = 7


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The words of a language. Spaces separate the words of one hashtag; without them it is written as it stands.

    ``everyday`` are whole hashtags, used all the time. Each ``first`` goes with each ``second``, and each ``place``
    with each ``event``. ``weekdays`` has a habit for each day, Monday first; ``morning`` and ``night`` have theirs.
    ``joint`` stands between words. With ``is_glued``, a first and a second are one word.
    """

    everyday: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    places: tuple[str, ...]
    events: tuple[str, ...]
    weekdays: tuple[str, ...]
    morning: str
    night: str
    joint: str = ""
    place_first: bool = True
    is_glued: bool = False


def listed(text: str) -> tuple[str, ...]:
    """Return what a text lists, with commas."""
    return tuple(entry.strip() for entry in text.replace("\n", " ").split(","))
