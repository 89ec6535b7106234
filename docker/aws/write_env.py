"""Writes the settings that Trendsite reads: /etc/trendsite/settings.env, then the parameters of SSM below its path.

systemd runs this as root before each start of the service, so a changed parameter counts after a restart. If SSM does
not answer, the service starts with the parameters of the last time.

    python write_env.py [FOLDER]
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ETC = Path("/etc/trendsite")
_PATIENCE = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


def main(folder: Path = ETC) -> None:
    """Write ``trendsite.env`` in ``folder``, readable for root and the group of the service."""
    settings = (folder / "settings.env").read_text()
    path_file = folder / "ssm-path"
    if path_file.exists():
        settings += _lines_of_ssm(path_file.read_text().strip(), folder / "trendsite.env")
    draft = folder / "trendsite.env.new"
    draft.touch(mode=0o640)
    draft.write_text(settings)
    shutil.chown(draft, group=folder.group())
    draft.replace(folder / "trendsite.env")


_FIRST_LINE = "# From AWS Systems Manager:\n"


def _lines_of_ssm(path: str, last: Path) -> str:
    """Return the parameters as lines of settings. The later of two lines with one name wins."""
    try:
        return _FIRST_LINE + "".join(map(_line, sorted(_parameters(path).items())))
    except (BotoCoreError, ClientError) as error:
        print(f"trendsite: the parameters below {path} cannot be read: {error}", file=sys.stderr)
        if not last.exists() or _FIRST_LINE not in last.read_text():
            sys.exit(1)
        print("trendsite: starting with those of the last time", file=sys.stderr)
        return _FIRST_LINE + last.read_text().split(_FIRST_LINE)[1]


def _parameters(path: str) -> Mapping[str, str]:
    """Return the parameters directly below ``path``, decrypted, by the last part of their names."""
    pages = boto3.client("ssm", config=_PATIENCE).get_paginator("get_parameters_by_path")
    found = {}
    for page in pages.paginate(Path=path, WithDecryption=True):
        for parameter in page["Parameters"]:
            found[parameter["Name"].rpartition("/")[2]] = parameter["Value"]
    return found


def _line(setting: tuple[str, str]) -> str:
    """Return a line of an env file. Single quotes keep every character of the value, such as ``$`` and ``#``."""
    name, value = setting
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{quoted}'\n"


if __name__ == "__main__":
    os.umask(0o027)
    main(*map(Path, sys.argv[1:2]))
