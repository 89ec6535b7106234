"""Numbers and times as every page writes them in Japanese: the digits are Western, times are UTC and say so.

``numberFormat`` and ``dateFormat`` of scripts (trendsite/static/site/translation.js) write them alike.
"""

DATE_FORMAT = "Y年n月j日"
WEEKDAY_DATE_FORMAT = "Y年n月j日l"
SHORT_DATE_FORMAT = "Y年n月j日"
SHORT_DAY_FORMAT = "n月j日"
MONTH_DAY_FORMAT = "n月j日"
YEAR_MONTH_FORMAT = "Y年n月"
TIME_FORMAT = r"H:i \U\T\C"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"Y年n月j日 H:i \U\T\C"
SECONDS_FORMAT = r"Y年n月j日 H:i:s \U\T\C"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
