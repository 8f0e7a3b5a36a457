"""When the payments of a plan are due."""

from calendar import monthrange
from datetime import date


def next_month(day):
    """Return the same day of the next month, or its last day when it is shorter."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def due_dates(first, count):
    """Return the dates of `count` monthly payments, the first one included."""
    dates = [first]
    while len(dates) < count:
        dates.append(next_month(dates[-1]))
    return dates[:count]
