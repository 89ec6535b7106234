"""Rules of X's filtered stream: how the words of a language become rules, and what X allows in them. Pure.

The site checks the words of an editor with this module, and the collector builds X's rules with it. ``lang:``,
``has:hashtags`` and ``place_country:`` only restrict a search, so each rule also needs words to search for. We have
words for the 30 largest languages of X: frequent ones that are not bound to one topic.
"""

import unicodedata
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Final

_X_CODES = (
    "am ar bg bn bo bs ca ckb cs cy da de dv el en es et eu fa fi fr gu he hi hr ht hu hy id is it ja "
    "ka km kn ko lo lt lv ml mr my ne nl no or pa pl ps pt ro ru sd si sk sl sr sv ta te th tl tr ug "
    "uk ur vi zh"
)
X_LANGUAGES = frozenset(_X_CODES.split())
"""The languages that X can detect, as our own codes."""

_COUNTRY_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRY_CODES.split())
"""ISO 3166-1 alpha-2."""

INTERNATIONAL_TERMS = ("news", "music", "video", "live", "photo", "art", "football", "breaking", "love", "new")

TERMS = {
    language: tuple(words.split())
    for language, words in {
        "ar": "اليوم الآن الله الحب صباح مساء خبر عاجل العالم حياة جديد فيديو صورة كرة",
        "bg": "днес новини живот любов време свят музика снимка видео утре",
        "bn": "আজ খবর জীবন ভালোবাসা মানুষ দেশ নতুন সময় ছবি গান",
        "ca": "avui notícies vida amor temps món música foto vídeo bon",
        "cs": "dnes zprávy život láska čas svět hudba foto video dobrý",
        "da": "nyheder liv kærlighed verden musik billede morgen dag tid god",
        "de": "heute neu Leben Liebe Zeit Welt Musik Bild Morgen gut Nachrichten Danke",
        "el": "σήμερα νέα ζωή αγάπη κόσμος μουσική φωτογραφία χρόνος καλημέρα",
        "en": "today new news love life time day world music video photo people live good best thanks",
        "es": "hoy nuevo noticias amor vida tiempo día mundo música video foto gente gracias buenos",
        "fa": "امروز خبر زندگی عشق جهان موسیقی عکس ویدیو مردم ایران",
        "fi": "tänään uutiset elämä rakkaus maailma musiikki kuva aika hyvää",
        "fr": "nouveau vie amour temps jour monde musique photo merci bonjour actualité soir",
        "he": "היום חדשות חיים אהבה עולם מוזיקה תמונה זמן בוקר",
        "hi": "आज खबर जीवन प्यार समय दिन दुनिया संगीत लोग भारत नया",
        "hu": "ma hírek élet szerelem világ zene kép idő jó",
        "id": "hari baru berita cinta hidup waktu dunia musik foto orang terima selamat",
        "it": "oggi nuovo notizie amore vita tempo giorno mondo musica foto grazie buongiorno",
        "ja": "今日 ニュース 写真 動画 音楽 おはよう ありがとう 新しい 好き 楽しい 配信",
        "ko": "오늘 뉴스 사랑 사진 영상 음악 사람 시간 새로운 감사",
        "mr": "आज बातमी जीवन प्रेम वेळ जग संगीत महाराष्ट्र",
        "nl": "vandaag nieuws leven liefde tijd dag wereld muziek foto goed",
        "no": "nyheter liv kjærlighet verden musikk bilde dag tid god",
        "pl": "dzisiaj nowy wiadomości miłość życie czas dzień świat muzyka zdjęcie",
        "pt": "hoje novo notícias amor vida tempo dia mundo música foto gente obrigado bom",
        "ro": "astăzi nou știri dragoste viață timp zi lume muzică",
        "ru": "сегодня новости любовь жизнь время день мир музыка фото люди спасибо",
        "sv": "idag nyheter liv kärlek tid dag värld musik bild tack",
        "ta": "இன்று செய்தி வாழ்க்கை காதல் நேரம் உலகம் இசை தமிழ்",
        "te": "ఈరోజు వార్తలు జీవితం ప్రేమ ప్రపంచం సంగీతం",
        "th": "วันนี้ ข่าว รัก ชีวิต เวลา โลก เพลง ใหม่ สวัสดี",
        "tl": "ngayon balita buhay araw mundo musika salamat bago",
        "tr": "bugün yeni haber aşk hayat zaman gün dünya müzik fotoğraf merhaba",
        "uk": "сьогодні новини любов життя час день світ музика фото дякую",
        "ur": "آج خبر زندگی محبت وقت دنیا پاکستان نیا",
        "vi": "tin sống yêu ngày nhạc ảnh mới",
        "zh": "今天 新闻 新聞 生活 爱 世界 音乐 照片 中国 台灣 時間",
    }.items()
}


DOLLARS_PER_POST: Final = Decimal("0.005")
"""What X charges for each post that it sends, at the time of writing."""

MAX_RULES: Final = 1_000
MAX_RULE_CHARACTERS: Final = 1_024

MAX_LANGUAGE_RULES: Final = MAX_RULES // len(X_LANGUAGES)
"""The most rules of one language: so the rules of all languages together are never too many."""

MAX_WORDS: Final = 1_000
MAX_COUNTRIES: Final = 20

_SPECIAL_OPERATORS = {"zh": "(lang:zh-CN OR lang:zh-TW)"}
_OR = " OR "
_OPERATORS = {"OR", "AND", "NOT"}
_JOINERS = {"\u200c", "\u200d"}  # inside words of Persian and Indian languages, and inside emoji
_IN_PHRASES = set(" '\u2019-·.,&/+!?")


class XRuleError(ValueError):
    """Words that cannot become a rule. The message names them and what is allowed."""


def default_terms(language: str) -> tuple[str, ...]:
    """Return the words to search for in a language if no editor has chosen others."""
    return TERMS.get(language, INTERNATIONAL_TERMS)


def searched_languages(tracked: Collection[str] | None, chosen: Iterable[str]) -> frozenset[str]:
    """Return the tracked languages that have rules; None (every language) means those that we have words for.

    ``chosen`` are the languages for which editors chose words or countries.
    """
    return X_LANGUAGES.intersection(TERMS.keys() | set(chosen) if tracked is None else tracked)


def rule_values(language: str, terms: Iterable[str], countries: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the rules that find tagged posts of a language with one of these words, in as few rules as possible.

    ``countries`` restrict them to posts with a place there.

    Raises:
        XRuleError: a word is too long for a rule.
    """
    end = f") has:hashtags {_SPECIAL_OPERATORS.get(language, f'lang:{language}')}{_place(countries)}"
    room = MAX_RULE_CHARACTERS - rule_characters(f"({end}")
    rules: list[list[str]] = []
    left = 0
    for term in map(_quoted, terms):
        length = rule_characters(term)
        if length > room:
            raise XRuleError(
                f"The rule with “{term[:40]}” has {length + MAX_RULE_CHARACTERS - room:,} characters, "
                f"X allows {MAX_RULE_CHARACTERS:,}: shorten it."
            )
        if length + len(_OR) > left:
            rules.append([term])
            left = room - length
        else:
            rules[-1].append(term)
            left -= length + len(_OR)
    return tuple(f"({_OR.join(words)}{end}" for words in rules)


def _place(countries: Iterable[str]) -> str:
    operators = [f"place_country:{country}" for country in countries]
    if len(operators) < 2:
        return "".join(f" {operator}" for operator in operators)
    return f" ({_OR.join(operators)})"


def rule_characters(value: str) -> int:
    """Return the length of a rule as X counts it: an emoji has two characters."""
    return len(value.encode("utf-16-le")) // 2


def checked_countries(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of countries as they are saved: in upper case, sorted, each once.

    Raises:
        XRuleError: a code is unknown, or there are too many.
    """
    countries = sorted({code.strip().upper() for code in codes if code.strip()})
    for code in countries:
        if code not in COUNTRIES:
            raise XRuleError(f"“{code[:40]}” is not a country: use codes of two letters, such as US, GB or JP.")
    if len(countries) > MAX_COUNTRIES:
        raise XRuleError(f"{len(countries)} countries are too many: choose at most {MAX_COUNTRIES}, or none for all.")
    return tuple(countries)


def checked_terms(language: str, terms: Iterable[str], countries: Iterable[str] = ()) -> tuple[str, ...]:
    """Return words as they are saved: composed, trimmed, each once, in the given order.

    Raises:
        XRuleError: X cannot detect the language, there is no word, one is not usable, or all are too long for the rules
            of a language, with its ``countries``.
    """
    if language not in X_LANGUAGES:
        raise XRuleError(f"X cannot detect posts of this language ({language}).")
    checked = {term.casefold(): term for term in reversed([_checked(term) for term in terms]) if term}
    saved = tuple(reversed(checked.values()))
    if not saved:
        raise XRuleError("At least one word is needed: X refuses a rule that only names a language.")
    if len(saved) > MAX_WORDS:
        raise XRuleError(f"{len(saved):,} words are too many: use at most {MAX_WORDS:,}.")
    rules = rule_values(language, saved, countries)
    if len(rules) > MAX_LANGUAGE_RULES:
        raise XRuleError(
            f"The words take {len(rules)} rules, a language may have {MAX_LANGUAGE_RULES}: take out words of about "
            f"{sum(map(rule_characters, rules[MAX_LANGUAGE_RULES:])):,} characters."
        )
    return saved


def _checked(term: str) -> str:
    """Return one word or phrase, without quotation marks around it."""
    text = " ".join(unicodedata.normalize("NFC", term).split())
    text = text.removeprefix('"').removesuffix('"').strip()
    if text in _OPERATORS:
        raise XRuleError(f"“{text}” means something else to X: write it in small letters.")
    # A hashtag is one word. Elsewhere the sign has no meaning.
    bare = text.removeprefix("#")
    if text and not (_is_word(bare) if text.startswith("#") else _is_phrase(text)):
        raise XRuleError(f"“{text[:40]}” is not a word, phrase or #hashtag: use letters, digits and spaces.")
    return text


def _quoted(term: str) -> str:
    return term if _is_word(term.removeprefix("#")) else f'"{term}"'


def _is_word(text: str) -> bool:
    return bool(text) and all(_is_word_character(character) for character in text)


def _is_phrase(text: str) -> bool:
    # X reads a leading minus as "without". In a quoted phrase it does not mean that.
    return _is_word_character(text[0]) and all(
        _is_word_character(character) or character in _IN_PHRASES for character in text
    )


def _is_word_character(character: str) -> bool:
    return (
        unicodedata.category(character)[0] in "LMN" or character == "_" or character in _JOINERS or _is_emoji(character)
    )


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk") and ord(character) > 0xFF
