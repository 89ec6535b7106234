"""What can go wrong with an archived day, and how it is described: for the log, and for anyone."""

import re

from django.db import Error as DatabaseError

_LIBRARIES = {"botocore": "S3", "boto3": "S3", "s3transfer": "S3", "google": "Google Cloud Storage", "azure": "Azure"}
"""The storage that each library serves."""

_CODE = re.compile("[A-Za-z0-9.]{1,64}")
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
    if storage := _LIBRARIES.get(type(error).__module__.partition(".")[0]):
        code = _code(error)
        return f"{storage} refused: {code}" if code else f"{storage} could not be used ({type(error).__name__})"
    if public := getattr(error, "public", ""):  # of trendsite.archive.storages.webhdfs
        return str(public)
    if isinstance(error, DatabaseError):
        return f"the database failed ({type(error).__name__})"
    if isinstance(error, OSError):
        return f"a file could not be read or written: {error.strerror or type(error).__name__}"
    if isinstance(error, BrokenDayError | StorageError):
        # The name of a closed day's folder is public, its path is not.
        return _PATH.sub("…", f"{type(error).__name__}: {reason(error).rpartition('/closed/')[2]}")
    return f"{type(error).__name__}; the archive's log says more"


def _code(error: Exception) -> str:
    """Return the code with which a storage refused, empty if it did not answer."""
    response = getattr(error, "response", None)
    of_s3 = response.get("Error", {}).get("Code", "no code") if isinstance(response, dict) else ""
    # Azure names its codes, Google has those of HTTP.
    code = of_s3 or getattr(error, "error_code", None) or getattr(error, "code", None) or ""
    text = str(getattr(code, "value", code))
    return text if not text or _CODE.fullmatch(text) else "no code"
