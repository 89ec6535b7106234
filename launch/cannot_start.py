"""What stops a start, as the one line that a person reads."""


class CannotStartError(RuntimeError):
    """Something outside the settings is in the way. The message is one line: what is wrong, what to do."""
