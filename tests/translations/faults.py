"""What is wrong with the translations of a language, a line for each fault."""

import re

from babel.messages import Catalog, Message

_PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|(?<!%)%[sd]|\{\w*\}")
_TAGS = re.compile(r"</?\w+")


def faults(catalog: Catalog, template: Catalog) -> list[str]:
    """Return the faults of a catalog that must have a good translation of every text of ``template``."""
    found = []
    for wanted in template:
        if not wanted.id:
            continue
        message = catalog.get(wanted.id, wanted.context)
        name = _first(wanted.id)
        if message is None:
            found.append(f"missing: {name}")
        else:
            found += [f"{fault}: {name}" for fault in _faults_of(message, catalog.num_plurals)]
    known = {(_first(message.id), message.context) for message in template}
    found += [f"no longer used: {one.id}" for one in catalog if one.id and (_first(one.id), one.context) not in known]
    return found


def _faults_of(message: Message, num_plurals: int) -> list[str]:
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(forms):
        return ["not translated"]
    found = ["fuzzy"] if message.fuzzy else []
    if isinstance(message.id, tuple) and len(forms) != num_plurals:
        found.append(f"{len(forms)} forms instead of {num_plurals}")
    allowed, needed = _marks(ids[-1]) | _marks(ids[0]), _marks(ids[-1])
    for form in forms:
        # A form for none, one or two can do without its number.
        missing = needed - _marks(form)
        if len(missing) > (form != forms[-1]) or not _marks(form) <= allowed:
            found.append(f"other placeholders or tags in {form!r}")
    return found


def _marks(text: str) -> set[str]:
    return {*_PLACEHOLDERS.findall(text), *_TAGS.findall(text)}


def _first(text: str | tuple[str, ...]) -> str:
    return text[0] if isinstance(text, tuple) else text
