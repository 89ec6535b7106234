"""A post: one NDJSON line on the collector's socket and in a replay file. Also the rule for hashtags.

The collector writes posts, streaming reads them. A post has no text, and no name or id of a person. :func:`fold`
decides which spellings are the same hashtag: counting, showing, searching and hiding all use its key.
"""

import re
import unicodedata
from datetime import datetime, timedelta

import msgspec

MAX_AHEAD = timedelta(minutes=5)
"""The furthest that a live post may be ahead of the machine's clock. One further ahead is dropped."""

MAX_LINE_BYTES = 65_536
MAX_HASHTAGS = 64
MAX_HASHTAG_CHARACTERS = 100


class Post(msgspec.Struct, omit_defaults=True):
    """One collected post.

    ``id`` is the network and its id ("x:1860"). ``created_at`` is the event time, UTC: when the network saw the post.
    ``lang`` is a code of :mod:`contract.language`. ``hashtags`` are folded keys, unique, in order. ``spellings`` are
    the same hashtags as written, a list of the same length. ``author`` is a keyed hash, never an account id.
    """

    id: str
    created_at: datetime
    lang: str
    hashtags: list[str]
    spellings: list[str] = []
    author: str | None = None


_encoder = msgspec.json.Encoder()

_SPACES = " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BIDI_CONTROLS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
# Invisible: fillers of Hangul, Mongolian, Braille, Egyptian and music, and object replacement characters.
_FILLERS = "\u115f\u1160\u180e\u2800\u3164\uffa0\ufff9-\ufffc\U00013430-\U00013442\U0001d159"
# The rest of Unicode's default-ignorable characters, and tatweel. Not ZWJ and tags: an emoji may need them.
_IGNORABLE = (
    "\u00ad\u034f\u0640\u17b4\u17b5\u180b-\u180f\u200b\u200c\u2060-\u2065\ufe00-\ufe0f\ufeff\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e0fff"
)
_TAGS = "\U000e0020-\U000e007f"
_EMOJI = (
    "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\U0001f000-\U0001faff\U0001fc00-\U0001fffd"
)

_not_shown = re.compile(f"[{_BIDI_CONTROLS}{_FILLERS}]")
_invisible = re.compile(f"[{_BIDI_CONTROLS}{_FILLERS}{_IGNORABLE}]")
_tags = re.compile(f"(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}\U000e007f)|[{_TAGS}]")
_joiners = re.compile(f"(?<=[{_EMOJI}\U000e007f])(\u200d)\u200d*(?=[{_EMOJI}])|\u200d")
_around = re.compile(f"^[{_SPACES}#\ufe5f\uff03]+|(?<![{_SPACES}])[{_SPACES}]+$")
_around_spelling = re.compile(
    f"^(?:[{_SPACES}{_IGNORABLE}\u200d{_TAGS}]*[#\ufe5f\uff03])+[{_SPACES}]*|^[{_SPACES}]+"
    f"|(?<![{_SPACES}])[{_SPACES}]+$"
)
# A lookbehind stops a pattern from starting at each character of a long run, so time stays linear.
# NFKC splits this vowel into a circle and a stroke. Tone marks may stand before, between and after them.
_thai_am = re.compile("(?<![\u0e48-\u0e4b])([\u0e48-\u0e4b]*)\u0e4d([\u0e48-\u0e4b]*)\u0e32([\u0e48-\u0e4b]*)")
_lao_am = re.compile("(?<![\u0ec8-\u0ecb])([\u0ec8-\u0ecb]*)\u0ecd([\u0ec8-\u0ecb]*)\u0eb2([\u0ec8-\u0ecb]*)")
_DOT = "\u0307"
_dotted_i = re.compile(f"i{_DOT}+")
# Printable characters that folding may change or remove.
_special = re.compile(
    "[ #\u0307\u034f\u0640\u0e4d\u0ecd\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\ufe5f\uff03\uffa0"
    "\ufffc\U00013430-\U00013442\U0001d159\U000e0100-\U000e01ef]"
)

_MAX_ROUNDS = 8
"""The most repetitions of folding. No known text needs more than four."""

_NEVER_IN_A_KEY = frozenset(("Cc", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))
# Ranges reserved for emoji and ideographs: a newer Unicode version may assign characters that ours does not know.
_reserved = re.compile("[\U0001f000-\U0001faff\U0001fc00-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd]")


def fold(hashtag: str) -> str:
    """Return the key of a hashtag, without leading ``#``. Folding a key returns the same key.

    Remove invisible characters, then apply NFKC and casefold, with three exceptions. A character that NFKC would expand
    into several words stays. The Thai and Lao vowel am is one character, however it was typed. The dotted i of Turkish
    is an i. Accents stay: ``#Café`` and ``#cafe`` are two hashtags.
    """
    if hashtag.isascii():
        return hashtag.lstrip(" #").rstrip(" ").lower()
    if _has_nothing_special(hashtag) and _is_compatible(hashtag):
        key = hashtag.casefold()
        # Nearly all hashtags end here. Lower case may bring a combining dot, or characters that NFKC composes.
        if key == hashtag or (_DOT not in key and _is_compatible(key)):
            return key
    key = hashtag
    for _ in range(_MAX_ROUNDS):
        before, key = key, _folded_once(key)
        if key == before:
            break
    return key


def shown(hashtag: str) -> str:
    """Return the spelling of a hashtag to show: as written, without ``#``, bidi controls and fillers.

    The vowel am is recomposed, since fonts may draw its parts wrongly. The key stays the same. A hashtag that is too
    long only because of invisible characters is shown as its key.
    """
    if hashtag.isascii():
        return hashtag.lstrip(" #").rstrip(" ")
    if _has_nothing_special(hashtag) and len(hashtag) <= MAX_HASHTAG_CHARACTERS:
        return hashtag
    spelling = _with_whole_am(_around_spelling.sub("", _not_shown.sub("", hashtag)))
    return spelling if len(spelling) <= MAX_HASHTAG_CHARACTERS else fold(hashtag)


def is_usable(key: str) -> bool:
    """Return whether a folded key is a hashtag: something is visible, there is no space, and it is short enough."""
    if len(key) > MAX_HASHTAG_CHARACTERS or " " in key:
        return False
    if key.isascii():
        return bool(key) and key.isprintable()
    if not key.isprintable() and not all(map(_may_be_in_a_key, key)):
        return False
    # Most keys begin with a letter or digit that NFKC does not change. It is visible.
    return (key[0].isalnum() and _is_compatible(key)) or any(map(_is_visible, key))


def _is_compatible(text: str) -> bool:
    return unicodedata.is_normalized("NFKC", text)


def _has_nothing_special(text: str) -> bool:
    return text.isprintable() and not _special.search(text)


def _folded_once(text: str) -> str:
    if not _has_nothing_special(text):
        text = _joiners.sub(r"\1", _tags.sub(r"\1", _invisible.sub("", text)))
        text = _around.sub("", text)
    text = _compatible(text).casefold()
    text = _with_whole_am(text)
    return _dotted_i.sub("i", text) if _DOT in text else text


def _with_whole_am(text: str) -> str:
    if "\u0e4d" in text:
        text = _thai_am.sub("\\1\\2\\3\u0e33", text)
    if "\u0ecd" in text:
        text = _lao_am.sub("\\1\\2\\3\u0eb3", text)
    return text


def _compatible(text: str) -> str:
    """Return the text in NFKC. Characters that would bring spaces into it stay as they are."""
    compatible = unicodedata.normalize("NFKC", text)
    if " " not in compatible:
        return compatible
    whole = ((character, unicodedata.normalize("NFKC", character)) for character in unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", "".join(one if " " in many else many for one, many in whole))


def _may_be_in_a_key(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in _NEVER_IN_A_KEY or (category == "Cn" and bool(_reserved.match(character)))


def _is_visible(character: str) -> bool:
    """Return whether a character is visible by itself: neither a mark nor a mark on its own space."""
    category = unicodedata.category(character)
    is_drawn = category[0] not in "MZ" and category != "Cf"
    return is_drawn and not unicodedata.normalize("NFKC", character).startswith(" ")


def encode_posts(posts: list[Post]) -> bytes:
    """Return the posts as lines, each with its newline."""
    return _encoder.encode_lines(posts)
