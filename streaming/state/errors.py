"""Errors of the stored counts. Each message is one line; those for an operator end with the command that recovers."""

import shlex
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from contract.files import data_dir_of, spool_folder
from contract.kafka_log import KafkaTopic


class StoreError(RuntimeError):
    """The counts file is damaged or of another version."""


class DamagedCountError(ValueError):
    """A stored count or position does not match its checksum."""


class GapError(RuntimeError):
    """A batch does not start where the batch before it ended."""


class RecoveryError(RuntimeError):
    """Counting cannot continue until an operator acts."""


def damaged(counts_file: Path, what: object) -> RecoveryError:
    """Return the error for a damaged counts file. The log still has the posts of all open days."""
    return RecoveryError(
        f"{what}: stop Trendsite, remove it, and the open days are counted again from the log: {_remove(counts_file)}"
    )


def beyond_end(counts_file: Path, counted: int, end: int, topic: KafkaTopic | None = None) -> RecoveryError:
    """Return the error for counts that are ahead of the stream: they belong to another spool, or topic of Kafka."""
    source, place = counts_file.parent.name, "spool" if topic is None else "topic"
    return RecoveryError(
        f"{counts_file} has counted up to offset {counted}, but the stream of {source} ends at {end}: its {place} "
        f"was moved or restored. Bring that {place} back, or stop Trendsite and count what this one has: "
        f"{_remove(counts_file)}"
    )


def another_log(counts_file: Path, posts: Mapping[date, int]) -> RecoveryError:
    """Return the error for a source whose log was changed while open days had ``posts``."""
    days = ", ".join(f"{day} ({number:,} posts)" for day, number in posts.items())
    return RecoveryError(
        f"{counts_file.parent.name} has another log than before (LOG_URL), which lacks the posts of {days}: set "
        "LOG_URL back, and change it just after a day has closed, when there are few. Or agree that these counts are "
        f"removed, and that the days begin with the first post of the new log: {_remove(counts_file)}"
    )


def before_beginning(counts_file: Path, needed: int, first: int, topic: KafkaTopic | None = None) -> RecoveryError:
    """Return the error for posts that are not counted and no longer in the spool, or topic of Kafka."""
    folder = counts_file.parent
    if topic is not None:
        return RecoveryError(
            f"counting {folder.name} needs posts from offset {needed} on, but Kafka's topic {topic.name} has deleted "
            f"those below {first}: raise its retention.ms, and let this source begin anew in a topic of another name "
            "(LOG_URL)"
        )
    spool = spool_folder(data_dir_of(folder), folder.name)
    return RecoveryError(
        f"counting {folder.name} needs posts from offset {needed} on, but its spool begins at {first}: "
        f"restore {spool} and {folder} from a backup, or stop Trendsite and let this source begin anew: "
        f"{shlex.join(['mv', str(spool), f'{spool}.incomplete'])} && rm -rf {shlex.quote(str(folder))}"
    )


def _remove(counts_file: Path) -> str:
    return shlex.join(["rm", "-f", *(f"{counts_file}{suffix}" for suffix in ("", "-wal", "-shm"))])
