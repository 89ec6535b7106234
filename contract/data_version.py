"""The version of the data in DATA_DIR: a program refuses data that a newer one may have written.

The file ``DATA_DIR/data_version`` names the version of the data and the Trendsite that wrote it. Every program reads
the data of all earlier versions. So the first start of a newer one raises the version, and from then on older ones
refuse the data. Data without the file is older than the file.
"""

import os
from pathlib import Path

import msgspec

from contract.environment import SettingError
from contract.files import write_atomically
from contract.version import VERSION

DATA_VERSION = 2
"""The version that this program writes. Raise it with a change after which an older program could misread the data."""

DATA_VERSION_FILE = "data_version"

RESTORING = ".restoring"
"""The folder in DATA_DIR with a backup that is being restored. While it is there, nothing starts."""


class DataVersion(msgspec.Struct, frozen=True):
    """The version of the ``data``, and that of the program that wrote it."""

    data: int
    trendsite: str


def read_data_version(data_dir: Path) -> DataVersion | None:
    """Return the version of the data; None if there is none, or it is older than the file.

    Raises:
        SettingError: the file is damaged.
        OSError: the file cannot be read.
    """
    path = data_dir / DATA_VERSION_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=DataVersion)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise SettingError(f"{path} is damaged ({error}): remove it, and the next start writes it again") from None


def check_data_version(data_dir: Path) -> None:
    """Check that this program can read the data.

    Raises:
        SettingError: a newer program wrote it, a restore has not finished, or the file is damaged.
        OSError: the file cannot be read.
    """
    if (data_dir / RESTORING).exists():
        raise SettingError(
            f"DATA_DIR={str(data_dir)!r} has a restore that did not finish: run the same `make restore` again"
        )
    found = read_data_version(data_dir)
    if found and found.data > DATA_VERSION:
        raise SettingError(
            f"DATA_DIR={str(data_dir)!r} was written by Trendsite {found.trendsite} (data version {found.data}), and "
            f"this is Trendsite {VERSION} (data version {DATA_VERSION}): start the newer one, or restore the backup "
            "from before its upgrade into another DATA_DIR (make restore)"
        )


def claim_data_dir(data_dir: Path) -> None:
    """Check that this program can read the data, and record that it writes it now.

    Raises:
        SettingError: as ``check_data_version``, or the folder cannot be written.
    """
    version = DataVersion(DATA_VERSION, VERSION)
    try:
        check_data_version(data_dir)
        if read_data_version(data_dir) != version:
            data_dir.mkdir(parents=True, exist_ok=True)
            # Parts may start at the same moment, and all write the same.
            draft = msgspec.json.encode(version)
            write_atomically(data_dir / DATA_VERSION_FILE, draft, writer=str(os.getpid()))
    except OSError as error:
        raise SettingError(f"DATA_DIR={str(data_dir)!r} cannot be written: {error.strerror}") from error
