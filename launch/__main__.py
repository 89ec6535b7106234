"""``python -m launch``: checks, prepares the site, then becomes supervisord, which starts every part."""

import json
import os
import sys
from collections.abc import Mapping

from contract.environment import Environment, SettingError
from contract.files import restrict_new_files
from contract.logs import print_as_logged
from contract.version import command_line
from launch import pause, preflight, process_environment, site
from launch.machine import CannotStartError
from launch.parts import read_parts
from trendsite.accounts import FIRST_ADMIN

PREPARE = "--prepare"
"""The argument with which an upgrade checks and migrates, and starts nothing yet."""


def main() -> None:
    """Start Trendsite in the foreground."""
    given = dict(os.environ)
    restrict_new_files()
    try:
        password = _prepare(given)
    except SettingError as error:
        print(f"trendsite: {error}", file=sys.stderr)
        sys.exit(2)
    except CannotStartError as error:
        sys.exit(f"trendsite: {error}")
    except KeyboardInterrupt:
        sys.exit("\ntrendsite: stopped before anything started")
    if PREPARE in sys.argv:
        return
    os.environ[pause.GIVEN_ENVIRONMENT] = json.dumps(given)
    os.environ["FIRST_START"] = "1" if password else "0"
    if password:
        print(f"The first admin was created. Log in as {FIRST_ADMIN} with the password {password}")
        print("It is shown this once; `make password` sets another.", flush=True)
    command = [sys.executable, "-m", "launch.supervise", "-c", str(process_environment.ROOT / "supervisord.conf")]
    os.execv(sys.executable, command)


def _prepare(given: Mapping[str, str]) -> str | None:
    """Do everything but start the processes; return the password of the first admin if it was created now."""
    process_environment.load()
    if not sys.stdout.isatty():
        print_as_logged("launch", Environment(os.environ))
    data_dir = Environment(os.environ).data_dir()
    os.environ.update(
        process_environment.derive(os.environ, process_environment.terminal_file(data_dir), live=sys.stdout.isatty())
    )
    preflight.check_settings(os.environ)
    if PREPARE not in sys.argv:
        pause.enter(data_dir, given)
    preflight.check_machine(os.environ)
    return site.prepare(read_parts(Environment(os.environ)).has_site)


if __name__ == "__main__":
    parser = command_line("python -m launch", "Check, prepare, then start every part in the foreground.")
    parser.add_argument(PREPARE, action="store_true", help="check and prepare only")
    parser.parse_args()
    main()
