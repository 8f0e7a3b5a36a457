from datetime import date

from plans.dates import due_dates, next_month


def test_the_middle_of_a_month_stays():
    assert due_dates(date(2024, 11, 15), 3) == [date(2024, 11, 15), date(2024, 12, 15), date(2025, 1, 15)]


def test_a_shorter_month_ends_earlier():
    assert next_month(date(2023, 1, 31)) == date(2023, 2, 28)
