"""What a query's checkpoint says, read from its files, and what to do when it cannot be gone on from."""

import json
import shlex
from pathlib import Path

from contract.data_folders import data_dir_of, spool_folder
from streaming.position import DamagedPositionError, offset_of

# Where Spark is, by its own account, when files of a checkpoint are missing, cut or changed: found by damaging each.
_DAMAGE = (
    DamagedPositionError.__name__,
    "CANNOT_LOAD_STATE_STORE",
    "STREAMING_CHECKPOINT",
    "STATE_METADATA",
    "STDS_",
    "RocksDB",
    "StateStoreChangelog",
    "StateSchema",
    "SchemaHelper",
    "OperatorStateMetadata",
    "StreamMetadata",
    "UUID.fromString",
    "streaming.checkpointing.",
    "populateStartOffsets",
)
# What stops Spark in the same places and leaves the checkpoint as it was.
_OTHER_TROUBLE = ("No space left on device", "Too many open files", "OutOfMemoryError", "Permission denied")


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be gone on from. The message is one line, with the command that recovers."""


def committed_batch(checkpoint: Path) -> int | None:
    """Return the number of the last batch that is wholly done, None before the first."""
    batches = [int(path.name) for path in (checkpoint / "commits").glob("*") if path.name.isdigit()]
    return max(batches, default=None)


def committed_offset(checkpoint: Path) -> int | None:
    """Return the offset of the stream up to which everything is counted, None before the first batch.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    batch = committed_batch(checkpoint)
    if batch is None:
        return None
    try:
        # A version line, a line of metadata, then one line a source; a query has one source.
        return offset_of(json.loads((checkpoint / "offsets" / str(batch)).read_text().splitlines()[2]))
    except (OSError, ValueError, IndexError, AttributeError) as error:
        raise damaged(checkpoint, f"offsets/{batch}: {error}") from error


def damage_in(failure: BaseException) -> str | None:
    """Return what in Spark's account of a failure says that the checkpoint is damaged; None where nothing does."""
    account = _account(failure)
    if any(trouble in account for trouble in _OTHER_TROUBLE):
        return None
    return next((f"Spark fails in {sign.strip('.')}" for sign in _DAMAGE if sign in account), None)


def damaged(checkpoint: Path, what: str) -> CheckpointError:
    """Return the error for a damaged checkpoint: the spool keeps what an open day needs to be counted again."""
    reason = " ".join(what.split())
    return CheckpointError(
        f"the checkpoint {checkpoint} is damaged ({reason}): stop Trendsite, remove it, and the day is counted again "
        f"from the spool: rm -r {shlex.quote(str(checkpoint))}"
    )


def beyond_end(checkpoint: Path, committed: int, end: int) -> CheckpointError:
    """Return the error for a checkpoint of another stream than the one that is served."""
    return CheckpointError(
        f"the checkpoint {checkpoint} has counted up to offset {committed}, but the stream of "
        f"{checkpoint.parent.name} ends at {end}: its spool was moved or restored. Bring that spool back, or stop "
        f"Trendsite and count what this one has: rm -r {shlex.quote(str(checkpoint))}"
    )


def before_beginning(checkpoint: Path, needed: int, first: int) -> CheckpointError:
    """Return the error for posts that are needed and not kept any more."""
    source = checkpoint.parent
    spool = spool_folder(data_dir_of(source), source.name)
    return CheckpointError(
        f"{checkpoint.name} of {source.name} needs posts from offset {needed} on, but its spool begins at {first}: "
        f"restore {spool} and {source} from a backup, or stop Trendsite and let this source begin anew: "
        f"{shlex.join(['mv', str(spool), f'{spool}.incomplete'])} && rm -rf {shlex.quote(str(source))}"
    )


def _account(failure: BaseException) -> str:
    """Return all that is said about a failure and its causes, with Spark's stacks."""
    said = []
    cause: BaseException | None = failure
    while cause is not None:
        # PySpark keeps the stack and the cause that the JVM tells under names of its own.
        said.append(f"{cause}\n{getattr(cause, '_stackTrace', '')}")
        cause = getattr(cause, "_cause", None) or cause.__cause__
    return "\n".join(said)
