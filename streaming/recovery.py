"""What stops counting until a person acts: one line each, with the command that recovers."""

import shlex
from pathlib import Path

from contract.data_folders import data_dir_of, spool_folder


class RecoveryError(RuntimeError):
    """Counting cannot go on from what is kept. The message is one line, with the command that recovers."""


def damaged(store: Path, what: object) -> RecoveryError:
    """Return the error for a damaged store: the spool keeps what the open days need to be counted again."""
    return RecoveryError(
        f"{what}: stop Trendsite, remove it, and the open days are counted again from the spool: {_remove(store)}"
    )


def beyond_end(store: Path, counted: int, end: int) -> RecoveryError:
    """Return the error for a store of another stream than the one that is served."""
    return RecoveryError(
        f"{store} has counted up to offset {counted}, but the stream of {store.parent.name} ends at {end}: its spool "
        f"was moved or restored. Bring that spool back, or stop Trendsite and count what this one has: {_remove(store)}"
    )


def before_beginning(store: Path, needed: int, first: int) -> RecoveryError:
    """Return the error for posts that are needed and not kept any more."""
    source = store.parent
    spool = spool_folder(data_dir_of(source), source.name)
    return RecoveryError(
        f"counting {source.name} needs posts from offset {needed} on, but its spool begins at {first}: "
        f"restore {spool} and {source} from a backup, or stop Trendsite and let this source begin anew: "
        f"{shlex.join(['mv', str(spool), f'{spool}.incomplete'])} && rm -rf {shlex.quote(str(source))}"
    )


def _remove(store: Path) -> str:
    return shlex.join(["rm", "-f", *(f"{store}{part}" for part in ("", "-wal", "-shm"))])
