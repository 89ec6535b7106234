"""Numbers and times as every page writes them in French: the digits are Western, times are UTC and say so.

``numberFormat`` and ``dateFormat`` of scripts (trendsite/static/site/translation.js) write them alike.
"""

DATE_FORMAT = "j F Y"
WEEKDAY_DATE_FORMAT = "l j F Y"
SHORT_DATE_FORMAT = "j N Y"
SHORT_DAY_FORMAT = "j N"
MONTH_DAY_FORMAT = "j F"
YEAR_MONTH_FORMAT = "F Y"
TIME_FORMAT = r"H:i \U\T\C"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j N Y, H:i \U\T\C"
SECONDS_FORMAT = r"j N Y, H:i:s \U\T\C"
DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "\u202f"
NUMBER_GROUPING = 3
