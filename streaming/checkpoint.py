"""What a query's checkpoint says, read from its files: the last committed batch and where it ended."""

import json
from pathlib import Path


def committed_batch(checkpoint: Path) -> int | None:
    """Return the number of the last batch that is wholly done, None before the first."""
    batches = [int(path.name) for path in (checkpoint / "commits").glob("*") if path.name.isdigit()]
    return max(batches, default=None)


def committed_offset(checkpoint: Path) -> int | None:
    """Return the offset of the stream up to which everything is counted, None before the first batch."""
    batch = committed_batch(checkpoint)
    if batch is None:
        return None
    # A version line, a line of metadata, then one line a source; a query has one source.
    source = (checkpoint / "offsets" / str(batch)).read_text().splitlines()[2]
    return int(json.loads(source)["offset"])
