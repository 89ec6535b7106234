"""``python -m launch``: checks, prepares the site, then becomes supervisord, which starts every part."""

import os
import sys

from contract.environment import Environment, SettingError
from launch import environment, preflight, site
from launch.cannot_start import CannotStartError


def main() -> None:
    """Start Trendsite in the foreground."""
    try:
        password = _prepare()
    except SettingError as error:
        print(f"trendsite: {error}", file=sys.stderr)
        sys.exit(2)
    except CannotStartError as error:
        sys.exit(f"trendsite: {error}")
    except KeyboardInterrupt:
        sys.exit("\ntrendsite: stopped before anything was started")
    if password:
        os.environ["FIRST_START"] = "1"
        print(f"The first admin was made. Log in as {environment.ADMIN} with the password {password}")
        print("It is shown this once; `make password` sets another.", flush=True)
    command = [sys.executable, "-m", "launch.supervise", "-c", str(environment.ROOT / "supervisord.conf")]
    os.execv(sys.executable, command)


def _prepare() -> str | None:
    """Return the password of the first admin when one was made; after this, starting is all that is left."""
    environment.load()
    data_dir = Environment(os.environ).data_dir()
    os.environ.update(environment.derive(os.environ, environment.terminal_file(data_dir), live=sys.stdout.isatty()))
    preflight.check(os.environ)
    return site.prepare()


if __name__ == "__main__":
    main()
