"""What can go wrong with an archived day, and how it is described: for the log, and for anyone."""

import re

from django.db import Error as DatabaseError

_S3_LIBRARIES = ("botocore", "boto3", "s3transfer")
_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]+://|/)[^\s'\":,]+")


class BrokenDayError(ValueError):
    """A closed day's folder cannot be archived. The message is one line and quotes no hashtag."""


class StorageError(RuntimeError):
    """Storage did not store a file as given, or lacks one. The message is one line."""


class BusyError(RuntimeError):
    """Another process does the same work in this DATA_DIR."""


def reason(error: Exception) -> str:
    """Return an error in one line."""
    first_line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def public_reason(error: Exception) -> str:
    """Return an error for anyone to read: without paths, addresses, host names or secrets."""
    if type(error).__module__.partition(".")[0] in _S3_LIBRARIES:
        return _s3_reason(error)
    if isinstance(error, DatabaseError):
        return f"the database failed ({type(error).__name__})"
    if isinstance(error, OSError):
        return f"a file could not be read or written: {error.strerror or type(error).__name__}"
    if isinstance(error, BrokenDayError | StorageError):
        # The name of a closed day's folder is public, its path is not.
        return _PATH.sub("…", f"{type(error).__name__}: {reason(error).rpartition('/closed/')[2]}")
    return f"{type(error).__name__}; the archive's log says more"


def _s3_reason(error: Exception) -> str:
    """Return the error code that S3 answered, or that it did not answer."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        code = str(response.get("Error", {}).get("Code", "no code"))
        return f"S3 refused: {code if re.fullmatch(r'[A-Za-z0-9.]{1,64}', code) else 'no code'}"
    return f"S3 could not be used ({type(error).__name__})"
