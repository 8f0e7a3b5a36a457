from leap import days_in_year, is_leap


def test_every_fourth_year_is_a_leap_year():
    assert is_leap(2024)
    assert not is_leap(2023)


def test_days():
    assert days_in_year(2023) == 365
    assert days_in_year(2024) == 366
