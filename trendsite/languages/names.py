"""The name of a language: in itself, in English, in the active language. It completes Django's table."""

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext, gettext_noop

from contract.language import ALL_LANGUAGES, UNKNOWN_LANGUAGE

# code: (own name, English name); one name where both are the same.
_MORE_NAMES: dict[str, tuple[str, ...]] = {
    ALL_LANGUAGES: (gettext_noop("All languages"),),
    UNKNOWN_LANGUAGE: (gettext_noop("Unknown language"),),
    "aa": ("Qafar af", gettext_noop("Afar")),
    "ab": ("Аԥсуа", gettext_noop("Abkhazian")),
    "ae": (gettext_noop("Avestan"),),
    "ak": (gettext_noop("Akan"),),
    "am": ("አማርኛ", gettext_noop("Amharic")),
    "an": ("Aragonés", gettext_noop("Aragonese")),
    "as": ("অসমীয়া", gettext_noop("Assamese")),
    "av": ("Авар", gettext_noop("Avaric")),
    "ay": ("Aymar aru", gettext_noop("Aymara")),
    "ba": ("Башҡортса", gettext_noop("Bashkir")),
    "bh": ("भोजपुरी", gettext_noop("Bihari")),
    "bi": (gettext_noop("Bislama"),),
    "bm": ("Bamanankan", gettext_noop("Bambara")),
    "bo": ("བོད་སྐད", gettext_noop("Tibetan")),
    "ce": ("Нохчийн", gettext_noop("Chechen")),
    "ch": ("Chamoru", gettext_noop("Chamorro")),
    "cnr": ("Crnogorski", gettext_noop("Montenegrin")),
    "co": ("Corsu", gettext_noop("Corsican")),
    "cr": ("ᓀᐦᐃᔭᐍᐏᐣ", gettext_noop("Cree")),
    "csb": ("Kaszëbsczi", gettext_noop("Kashubian")),
    "cu": ("Словѣньскъ", gettext_noop("Church Slavonic")),
    "cv": ("Чӑвашла", gettext_noop("Chuvash")),
    "dv": ("ދިވެހި", gettext_noop("Divehi")),
    "dz": ("རྫོང་ཁ", gettext_noop("Dzongkha")),
    "ee": (gettext_noop("Ewe"),),
    "ff": ("Pulaar", gettext_noop("Fula")),
    "fj": ("Na Vosa Vakaviti", gettext_noop("Fijian")),
    "fo": ("Føroyskt", gettext_noop("Faroese")),
    "gn": ("Avañe'ẽ", gettext_noop("Guarani")),
    "gsw": ("Schwiizerdütsch", gettext_noop("Swiss German")),
    "gu": ("ગુજરાતી", gettext_noop("Gujarati")),
    "gv": ("Gaelg", gettext_noop("Manx")),
    "ha": (gettext_noop("Hausa"),),
    "ho": (gettext_noop("Hiri Motu"),),
    "ht": ("Kreyòl ayisyen", gettext_noop("Haitian Creole")),
    "hz": ("Otjiherero", gettext_noop("Herero")),
    "ie": (gettext_noop("Interlingue"),),
    "ii": ("ꆈꌠꉙ", gettext_noop("Nuosu")),
    "ik": ("Iñupiaq", gettext_noop("Inupiaq")),
    "iu": ("ᐃᓄᒃᑎᑐᑦ", gettext_noop("Inuktitut")),
    "jbo": ("la .lojban.", gettext_noop("Lojban")),
    "jv": ("Basa Jawa", gettext_noop("Javanese")),
    "kg": ("Kikongo", gettext_noop("Kongo")),
    "ki": ("Gĩkũyũ", gettext_noop("Kikuyu")),
    "kj": ("Oshikwanyama", gettext_noop("Kwanyama")),
    "kl": ("Kalaallisut", gettext_noop("Greenlandic")),
    "kr": (gettext_noop("Kanuri"),),
    "ks": ("कॉशुर", gettext_noop("Kashmiri")),
    "ku": ("Kurdî", gettext_noop("Kurdish")),
    "kv": ("Коми", gettext_noop("Komi")),
    "kw": ("Kernewek", gettext_noop("Cornish")),
    "la": ("Latina", gettext_noop("Latin")),
    "lg": ("Luganda", gettext_noop("Ganda")),
    "li": ("Limburgs", gettext_noop("Limburgish")),
    "ln": ("Lingála", gettext_noop("Lingala")),
    "lo": ("ລາວ", gettext_noop("Lao")),
    "lu": ("Kiluba", gettext_noop("Luba-Katanga")),
    "mg": (gettext_noop("Malagasy"),),
    "mh": ("Kajin M̧ajeļ", gettext_noop("Marshallese")),
    "mi": ("Te reo Māori", gettext_noop("Maori")),
    "mt": ("Malti", gettext_noop("Maltese")),
    "na": ("Dorerin Naoero", gettext_noop("Nauru")),
    "nd": ("isiNdebele saseNyakatho", gettext_noop("North Ndebele")),
    "nds": ("Plattdüütsch", gettext_noop("Low German")),
    "ng": ("Oshindonga", gettext_noop("Ndonga")),
    "nr": ("isiNdebele seSewula", gettext_noop("South Ndebele")),
    "nv": ("Diné bizaad", gettext_noop("Navajo")),
    "ny": (gettext_noop("Chichewa"),),
    "oc": (gettext_noop("Occitan"),),
    "oj": ("ᐊᓂᔑᓈᐯᒧᐎᓐ", gettext_noop("Ojibwe")),
    "om": ("Afaan Oromoo", gettext_noop("Oromo")),
    "or": ("ଓଡ଼ିଆ", gettext_noop("Odia")),
    "pi": ("पालि", gettext_noop("Pali")),
    "ps": ("پښتو", gettext_noop("Pashto")),
    "qu": ("Runa Simi", gettext_noop("Quechua")),
    "rm": ("Rumantsch", gettext_noop("Romansh")),
    "rn": ("Ikirundi", gettext_noop("Kirundi")),
    "rw": ("Ikinyarwanda", gettext_noop("Kinyarwanda")),
    "sa": ("संस्कृतम्", gettext_noop("Sanskrit")),
    "sc": ("Sardu", gettext_noop("Sardinian")),
    "sco": (gettext_noop("Scots"),),
    "sd": ("سنڌي", gettext_noop("Sindhi")),
    "se": ("Davvisámegiella", gettext_noop("Northern Sami")),
    "sg": ("Sängö", gettext_noop("Sango")),
    "si": ("සිංහල", gettext_noop("Sinhala")),
    "sm": ("Gagana Samoa", gettext_noop("Samoan")),
    "sn": ("chiShona", gettext_noop("Shona")),
    "so": ("Soomaali", gettext_noop("Somali")),
    "ss": ("siSwati", gettext_noop("Swati")),
    "st": ("Sesotho", gettext_noop("Southern Sotho")),
    "su": ("Basa Sunda", gettext_noop("Sundanese")),
    "szl": ("Ślōnskŏ", gettext_noop("Silesian")),
    "ti": ("ትግርኛ", gettext_noop("Tigrinya")),
    "tl": (gettext_noop("Tagalog"),),
    "tn": ("Setswana", gettext_noop("Tswana")),
    "to": ("Lea faka-Tonga", gettext_noop("Tongan")),
    "tok": ("toki pona", gettext_noop("Toki Pona")),
    "ts": ("Xitsonga", gettext_noop("Tsonga")),
    "tw": (gettext_noop("Twi"),),
    "ty": ("Reo Tahiti", gettext_noop("Tahitian")),
    "ve": ("Tshivenḓa", gettext_noop("Venda")),
    "vo": (gettext_noop("Volapük"),),
    "wa": ("Walon", gettext_noop("Walloon")),
    "wo": (gettext_noop("Wolof"),),
    "xh": ("isiXhosa", gettext_noop("Xhosa")),
    "yi": ("ייִדיש", gettext_noop("Yiddish")),
    "yo": ("Yorùbá", gettext_noop("Yoruba")),
    "yue": ("粵語", gettext_noop("Cantonese")),
    "za": ("Vahcuengh", gettext_noop("Zhuang")),
    "zh": ("中文", gettext_noop("Chinese")),
    "zu": ("isiZulu", gettext_noop("Zulu")),
}

# Those of Django's table that Django itself does not translate into every language.
_ALSO_TRANSLATED = (
    *(gettext_noop("Central Kurdish (Sorani)"), gettext_noop("Kabyle"), gettext_noop("Kyrgyz"), gettext_noop("Malay")),
    *(gettext_noop("Marathi"), gettext_noop("Norwegian"), gettext_noop("Norwegian Bokmal"), gettext_noop("Ossetic")),
    # Django's Japanese calls it the English of the United States.
    *(gettext_noop("English"), gettext_noop("Tatar"), gettext_noop("Thai"), gettext_noop("Turkmen")),
    *(gettext_noop("Udmurt"), gettext_noop("Uyghur"), gettext_noop("Uzbek")),
)


def own_name(code: str) -> str:
    """Return the language's own name, capitalised if its script has capitals; the code if it has no name."""
    if code in (ALL_LANGUAGES, UNKNOWN_LANGUAGE):
        return language_name(code)
    if code in _MORE_NAMES:
        return _MORE_NAMES[code][0]
    if code not in LANG_INFO:
        return code
    name = str(LANG_INFO[code]["name_local"])
    return name[:1].upper() + name[1:]


def english_name(code: str) -> str:
    """Return the language's English name; the code if it has no name."""
    if code in _MORE_NAMES:
        return _MORE_NAMES[code][-1]
    return str(LANG_INFO[code]["name"]) if code in LANG_INFO else code


def language_name(code: str) -> str:
    """Return the language's name in the active language, capitalised; Django translates those of its own table."""
    name = gettext(english_name(code))
    return name[:1].upper() + name[1:]
