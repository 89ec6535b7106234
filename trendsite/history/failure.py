"""What went wrong, for logs and lists."""


def reason(error: Exception) -> str:
    """Return what went wrong in one line."""
    first_line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
