"""Errors of the stored counts. Each message is one line; those for an operator end with the command that recovers."""

import shlex
from pathlib import Path

from contract.files import data_dir_of, spool_folder


class StoreError(RuntimeError):
    """The counts file is damaged or of another version."""


class DamagedCountError(ValueError):
    """A stored count or position does not match its checksum."""


class GapError(RuntimeError):
    """A batch does not start where the batch before it ended."""


class RecoveryError(RuntimeError):
    """Counting cannot continue until an operator acts."""


def damaged(counts_file: Path, what: object) -> RecoveryError:
    """Return the error for a damaged counts file. The spool still has the posts of all open days."""
    return RecoveryError(
        f"{what}: stop Trendsite, remove it, and the open days are counted again from the spool: {_remove(counts_file)}"
    )


def beyond_end(counts_file: Path, counted: int, end: int) -> RecoveryError:
    """Return the error for counts that are ahead of the stream: they belong to another spool."""
    source = counts_file.parent.name
    return RecoveryError(
        f"{counts_file} has counted up to offset {counted}, but the stream of {source} ends at {end}: its spool "
        f"was moved or restored. Bring that spool back, or stop Trendsite and count what this one has: "
        f"{_remove(counts_file)}"
    )


def before_beginning(counts_file: Path, needed: int, first: int) -> RecoveryError:
    """Return the error for posts that are not counted and no longer in the spool."""
    folder = counts_file.parent
    spool = spool_folder(data_dir_of(folder), folder.name)
    return RecoveryError(
        f"counting {folder.name} needs posts from offset {needed} on, but its spool begins at {first}: "
        f"restore {spool} and {folder} from a backup, or stop Trendsite and let this source begin anew: "
        f"{shlex.join(['mv', str(spool), f'{spool}.incomplete'])} && rm -rf {shlex.quote(str(folder))}"
    )


def _remove(counts_file: Path) -> str:
    return shlex.join(["rm", "-f", *(f"{counts_file}{suffix}" for suffix in ("", "-wal", "-shm"))])
