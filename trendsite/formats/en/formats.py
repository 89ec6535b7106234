"""Times as every page of the site and of the admin writes them: UTC, and it says so."""

DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j M Y, H:i \U\T\C"
TIME_FORMAT = r"H:i \U\T\C"
