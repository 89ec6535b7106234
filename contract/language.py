"""Language codes: BCP 47 primary subtags in lower case, from a closed list so that counts are bounded."""

ALL_LANGUAGES = "*"
UNKNOWN_LANGUAGE = "und"

# ISO 639-1, then the longer codes that the networks' own language pickers offer.
_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb
lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nd ne ng nl nn no nr nv ny oc oj om or
os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
ast ckb cnr csb gsw jbo kab nds sco szl tok yue und
"""
LANGUAGES = frozenset(_CODES.split())

_ALIASES = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "nb": "no", "fil": "tl", "cmn": "zh"}


def normalise_language(code: str | None) -> str:
    """Return the language under which a network's code counts; ``und`` for what nobody knows.

    ``zh-CN`` counts as ``zh``, the retired ``iw`` as ``he``.
    """
    if not code:
        return UNKNOWN_LANGUAGE
    if code in LANGUAGES:
        return code
    subtag = code.replace("_", "-").split("-", 1)[0].lower()
    subtag = _ALIASES.get(subtag, subtag)
    return subtag if subtag in LANGUAGES else UNKNOWN_LANGUAGE
