"""Files under DATA_DIR: which folders lie where, how a write survives a power cut, and who may read them.

DATA_DIR holds posts, counts, password hashes, keys and logs. Only the user that runs Trendsite may read them. Each
program calls :func:`restrict_new_files` first, so its files are private whatever the umask was. Launch calls
:func:`make_private` once at a start, for files that older versions made.
"""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OTHERS = 0o077


class ForeignFileError(RuntimeError):
    """A file that others may read and that belongs to another user. The message is one line."""


def spool_folder(data_dir: Path, source: str) -> Path:
    """Return the folder of a source's spool. Only the collector writes it."""
    return data_dir / "spool" / source


def counts_folder(data_dir: Path, source: str) -> Path:
    """Return the folder with the counts of a source's open days. Only streaming writes it."""
    return data_dir / "counts" / source


def data_dir_of(folder: Path) -> Path:
    """Return the DATA_DIR of a source's folder of spool, counts or closed days."""
    return folder.parent.parent


def sync(path: Path) -> None:
    """Make the bytes of a file, or the names in a folder, durable.

    Raises:
        OSError: the disk is full or broken.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, content: bytes, writer: str = "") -> None:
    """Replace the content of a file, durably. After a crash the file has its old content or the new one, never a part.

    If several processes write a file, each needs a ``writer`` name of its own. Then the last one wins.

    Raises:
        OSError: the disk is full or broken. The file has its old content.
    """
    draft = path.with_name(f".{path.name}.{writer}.draft" if writer else f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    rename_durably(draft, path)


def create_atomically(path: Path, content: bytes) -> None:
    """Create a file with its content, durably. Do nothing if another process has created it first.

    Raises:
        OSError: the disk is full or broken, or the folder is not writable.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
    sync(path.parent)


def rename_durably(path: Path, to: Path) -> None:
    """Rename a file or folder within its parent folder, replacing a file that has the name.

    The name is durable when this returns. The content must be durable already.

    Raises:
        OSError: the disk is full or broken.
    """
    path.replace(to)
    sync(to.parent)


def restrict_new_files() -> None:
    """Let this process and its children create files with mode 0600, and folders with mode 0700."""
    os.umask(_OTHERS)


def make_private(folder: Path) -> None:
    """Remove the permissions of all other users from a folder and everything in it. Do not follow links.

    Raises:
        ForeignFileError: something in it belongs to another user.
        OSError: the disk is broken.
    """
    # From the top down: once a folder is closed, no other user can put a link in the way.
    for path, status in _walk(folder):
        if stat.S_IMODE(status.st_mode) & _OTHERS:
            try:
                path.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)
            except PermissionError:
                raise ForeignFileError(
                    f"{path} belongs to user {status.st_uid}, and this is user {os.geteuid()}: "
                    f"chown -R {os.geteuid()} {folder}"
                ) from None
            except FileNotFoundError:
                continue


def _walk(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a folder and everything in it, parents first. Skip links, and files that disappear meanwhile."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return
    yield folder, status
    waiting = [folder]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except (FileNotFoundError, PermissionError):
            continue
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISLNK(status.st_mode):
                continue
            yield Path(entry.path), status
            if stat.S_ISDIR(status.st_mode):
                waiting.append(Path(entry.path))
