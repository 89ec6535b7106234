"""``make messages``: bring every language's texts up to date, and name what is not translated."""

from tests.translations.catalogs import LANGUAGES, compiled, po_path, read_po, update, write
from tests.translations.faults import faults
from tests.translations.sources import extract


def main() -> None:
    template = extract()
    for language in LANGUAGES:
        catalog = update(read_po(language), template)
        write(catalog)
        for path, content in compiled(catalog).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        found = faults(catalog, template)
        print(f"{po_path(language)}: {len(catalog)} texts, {len(found)} to do")
        print("".join(f"  {fault}\n" for fault in found[:20]), end="")


main()
