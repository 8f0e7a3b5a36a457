from datetime import date

from plans.dates import due_dates, next_month


def days(first, count):
    return [(day.month, day.day) for day in due_dates(first, count)]


def test_the_last_day_comes_back_after_a_short_month():
    assert days(date(2023, 1, 31), 5) == [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31)]


def test_the_thirtieth_comes_back_too():
    assert days(date(2024, 1, 30), 4) == [(1, 30), (2, 29), (3, 30), (4, 30)]


def test_a_year_ends_in_the_middle():
    assert due_dates(date(2023, 10, 31), 5)[-1] == date(2024, 2, 29)


def test_a_last_day_that_is_no_thirty_first_is_only_a_day():
    assert days(date(2023, 2, 28), 3) == [(2, 28), (3, 28), (4, 28)]


def test_none_and_one():
    assert due_dates(date(2023, 1, 31), 0) == []
    assert due_dates(date(2023, 1, 31), 1) == [date(2023, 1, 31)]


def test_next_month_is_as_it_was():
    assert next_month(date(2023, 12, 31)) == date(2024, 1, 31)
