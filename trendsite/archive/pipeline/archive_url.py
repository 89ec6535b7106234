"""What the kinds of ARCHIVE_URL have in common: a place, a prefix, and errors that show no password."""

import re

from contract.environment import SettingError

KINDS = "a folder, s3://bucket/prefix, gs://bucket/prefix, azure://container/prefix or hdfs://host:9870/path"
"""For error messages."""


def shown(url: str) -> str:
    """Return a URL for an error message, without user and password."""
    return repr(re.sub(r"//[^/]*@", "//…@", url))


def place_and_prefix(url: str, example: str) -> tuple[str, str]:
    """Return what stands between scheme and path, and the path without extra slashes. ``example`` is for errors.

    Raises:
        SettingError: the path leads out of its place.
    """
    place, _, rest = url.partition("://")[2].partition("/")
    steps = [step for step in rest.split("/") if step]
    if {".", ".."} & set(steps):
        raise SettingError(f"ARCHIVE_URL={shown(url)} has '.' or '..' in its prefix: give {example}")
    return place, "/".join(steps)


def bucket_and_prefix(url: str, what: str, pattern: str, example: str) -> tuple[str, str]:
    """Return the bucket or container (``what``) of a URL, and its prefix.

    Raises:
        SettingError: the bucket does not match ``pattern``, or the prefix leads out of it.
    """
    bucket, prefix = place_and_prefix(url, example)
    if not re.fullmatch(pattern, bucket):
        raise SettingError(f"ARCHIVE_URL={shown(url)} names no {what}: give {example}")
    return bucket, prefix
