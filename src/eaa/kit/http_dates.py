"""Moments in headers of HTTP. Source: RFC 9110, 5.6.7 "Date/Time Formats", checked 2026-11."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def moment_of(text: str) -> datetime | None:
    """Return the moment that a header names, None when it names none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def seconds_between(since: str, until: str) -> float | None:
    """Return the seconds from one header's moment to another's, 0 at least; None when either names none."""
    start, end = moment_of(since), moment_of(until)
    return max(0.0, (end - start).total_seconds()) if start is not None and end is not None else None
