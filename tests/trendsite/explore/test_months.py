"""Days in months."""

from datetime import date

from trendsite.explore.months import months_of
from trendsite.history.days import ListedDay


def day(month, number):
    return ListedDay(date(2026, month, number), "simulator", 1, True, None)


def test_months_with_a_day_come_newest_first_and_whole():
    november, september = months_of([day(9, 30), day(11, 2), day(11, 1)])
    assert (november.first, november.starts_on, len(november.cells)) == (date(2026, 11, 1), 7, 30)
    assert [cell.date.day for cell in november.cells if cell.day] == [1, 2]
    assert (september.first, september.starts_on, len(september.cells)) == (date(2026, 9, 1), 2, 30)
    assert september.cells[-1].day == day(9, 30)


def test_without_days_there_are_no_months():
    assert months_of([]) == []
