"""``python -m launch.control ACTION``: supervisorctl, asking the Trendsite that runs on the DATA_DIR of ``.env``."""

import os
import sys

from contract.environment import Environment
from launch import environment


def main() -> None:
    """Become supervisorctl."""
    environment.load()
    data_dir = Environment(os.environ).data_dir()
    if not environment.answers(environment.supervisor_socket(data_dir)):
        sys.exit(f"trendsite: nothing runs on DATA_DIR={data_dir}")
    os.environ["DATA_DIR"] = str(data_dir)
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(environment.ROOT / "supervisord.conf")]
    os.execv(sys.executable, [*command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
