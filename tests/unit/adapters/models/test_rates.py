"""Headers about limits."""

import pytest

from eaa.adapters.models.rates import duration_s, rate_report
from eaa.domain.completion import RateReport


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1.0), ("20ms", 0.02), ("6m0s", 360.0), ("2m59.56s", 179.56), ("1h2m", 3720.0), ("1d", 86400.0), ("7", 7.0)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1s", "2026-01-01T00:00:00Z", "1s1h"])
def test_anything_else_is_no_duration(text: str) -> None:
    assert duration_s(text) is None


def test_moments_are_measured_against_the_responses_own_date() -> None:
    headers = {
        "date": "Wed, 25 Nov 2026 10:00:00 GMT",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-11-25T10:00:09Z",
        "anthropic-ratelimit-tokens-remaining": "many",
    }

    assert rate_report(headers) == RateReport(remaining_requests=49, requests_reset_s=9.0)


def test_silence_is_no_report() -> None:
    assert rate_report({"content-type": "application/json"}) is None
