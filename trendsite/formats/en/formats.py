"""Numbers and times as every page of the site and of the admin writes them: UTC, and it says so.

Each language has these formats. Templates use them by name: ``{{ day|date:"WEEKDAY_DATE_FORMAT" }}``.
"""

DATE_FORMAT = "j F Y"
WEEKDAY_DATE_FORMAT = "l j F Y"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DAY_FORMAT = "j M"
MONTH_DAY_FORMAT = "j F"
YEAR_MONTH_FORMAT = "F Y"
TIME_FORMAT = r"H:i \U\T\C"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j M Y, H:i \U\T\C"
SECONDS_FORMAT = r"j M Y, H:i:s \U\T\C"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
