"""A storage that gives a sign of life with each answer and each piece of a file, for whoever waits for a run."""

from collections.abc import Callable
from typing import IO, Any, TypeVar, cast

from django.core.files import File
from django.core.files.storage import Storage

OnProgress = Callable[[], object]

Answer = TypeVar("Answer")


def watched(storage: Storage, on_progress: OnProgress) -> Storage:
    """Return the storage; each answer, and each piece of a file that is sent or read, calls ``on_progress``."""
    return cast("Storage", _WatchedStorage(storage, on_progress))


class _WatchedStorage:
    def __init__(self, storage: Storage, on_progress: OnProgress) -> None:
        self._storage = storage
        self._on_progress = on_progress

    def save(self, name: str, content: "File[bytes]") -> str:
        content.file = cast("IO[bytes]", _WatchedFile(content.file, self._on_progress))
        return self._noted(self._storage.save(name, content))

    def open(self, name: str) -> "_WatchedFile":
        return self._noted(_WatchedFile(self._storage.open(name), self._on_progress))

    def exists(self, name: str) -> bool:
        return self._noted(self._storage.exists(name))

    def size(self, name: str) -> int:
        return self._noted(self._storage.size(name))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the storage has
        return getattr(self._storage, name)

    def _noted(self, answer: Answer) -> Answer:
        self._on_progress()
        return answer


class _WatchedFile:
    def __init__(self, file: Any, on_progress: OnProgress) -> None:  # noqa: ANN401 - any file
        self._file = file
        self._on_progress = on_progress

    def read(self, *arguments: int) -> bytes:
        self._on_progress()
        return cast("bytes", self._file.read(*arguments))

    def __enter__(self) -> "_WatchedFile":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def __iter__(self) -> Any:  # noqa: ANN401 - as the file
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the file has
        return getattr(self._file, name)
