"""Calendar arithmetic."""


def is_leap(year):
    """Return whether a year of the Gregorian calendar has 366 days."""
    return year % 4 == 0


def days_in_year(year):
    """Return how many days a year has."""
    return 366 if is_leap(year) else 365
