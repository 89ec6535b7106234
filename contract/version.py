"""The version of Trendsite, in this one place, and the command line that all its programs have in common."""

import argparse

VERSION = "0.1.0"


def command_line(program: str, work: str) -> argparse.ArgumentParser:
    """Return a parser with --help and --version for a ``program``, such as "python -m collector", that does ``work``.

    Settings are no arguments: they are in the environment.
    """
    epilog = "Settings come from the environment or from the file .env; docs/settings.md lists them."
    parser = argparse.ArgumentParser(prog=program, description=work, epilog=epilog)
    parser.add_argument("--version", action="version", version=f"Trendsite {VERSION}")
    return parser
