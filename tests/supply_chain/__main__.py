"""``python -m tests.supply_chain sbom FILE`` lists all that Trendsite is made of; ``audit`` looks for what is wrong.

``audit`` asks for known vulnerabilities of the locked packages, and searches the tracked files for secrets.
"""

import sys
from pathlib import Path

from tests.supply_chain.sbom import write_sbom
from tests.supply_chain.secrets import find_secrets
from tests.supply_chain.vulnerabilities import find_vulnerabilities

ROOT = Path(__file__).resolve().parents[2]


def audit() -> int:
    """Print what was found; return 1 if it needs a change here."""
    secrets = find_secrets(ROOT)
    print(*(secrets or ["secrets: none in the tracked files"]), sep="\n")
    report = find_vulnerabilities(ROOT)
    print(*report.lines, sep="\n")
    return int(bool(secrets) or report.needs_update)


def main() -> int:
    match sys.argv[1:]:
        case ["audit"]:
            return audit()
        case ["sbom", path]:
            print(f"{path}: {write_sbom(ROOT, Path(path))} components")
            return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
