"""Numbers and times as every page writes them in Arabic: the digits are Western, times are UTC and say so.

``numberFormat`` and ``dateFormat`` of scripts (trendsite/static/site/translation.js) write them alike.
"""

DATE_FORMAT = "j F Y"
WEEKDAY_DATE_FORMAT = "l، j F Y"
SHORT_DATE_FORMAT = "j F Y"
SHORT_DAY_FORMAT = "j F"
MONTH_DAY_FORMAT = "j F"
YEAR_MONTH_FORMAT = "F Y"
TIME_FORMAT = r"H:i \U\T\C"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j F Y، H:i \U\T\C"
SECONDS_FORMAT = r"j F Y، H:i:s \U\T\C"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
