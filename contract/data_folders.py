"""Which folders of a source lie where under DATA_DIR: the collector's spool, and streaming's counts.

Each is written by one part only. Messages of both name both, because who gives up one gives up the other.
"""

from pathlib import Path


def spool_folder(data_dir: Path, source: str) -> Path:
    """Return the folder of a source's spool."""
    return data_dir / "spool" / source


def counts_folder(data_dir: Path, source: str) -> Path:
    """Return the folder of the counts of a source's open days."""
    return data_dir / "counts" / source


def data_dir_of(folder: Path) -> Path:
    """Return the DATA_DIR that a source's spool, counts or closed days lie in."""
    return folder.parent.parent
