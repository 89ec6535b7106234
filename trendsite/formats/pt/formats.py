"""Numbers and times as every page writes them in Portuguese: the digits are Western, times are UTC and say so.

``numberFormat`` and ``dateFormat`` of scripts (trendsite/static/site/translation.js) write them alike.
"""

DATE_FORMAT = r"j \d\e F \d\e Y"
WEEKDAY_DATE_FORMAT = r"l, j \d\e F \d\e Y"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DAY_FORMAT = "j M"
MONTH_DAY_FORMAT = r"j \d\e F"
YEAR_MONTH_FORMAT = r"F \d\e Y"
TIME_FORMAT = r"H:i \U\T\C"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j M Y, H:i \U\T\C"
SECONDS_FORMAT = r"j M Y, H:i:s \U\T\C"
DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 3
