"""What a response's headers say beside its body: what is left of the rate limits, and the request's id."""

import re
from collections.abc import Mapping

from eaa.adapters.models.answer_faults import seconds_until, whole_number
from eaa.domain.completion import RateReport

_REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id")
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")


def request_id(headers: Mapping[str, str]) -> str:
    """Return the provider's id of the request, empty when it gives none."""
    for name in _REQUEST_IDS:
        if name in headers:
            return headers[name]
    return ""


def rate_report(headers: Mapping[str, str]) -> RateReport | None:
    """Return what is left of the limits, or None when the provider does not say.

    Source: OpenAI "Rate limits" and Anthropic "Rate limits", checked 2026-01. OpenAI's resets are durations (`6m0s`),
    Anthropic's are moments.
    """
    if "x-ratelimit-remaining-requests" in headers or "x-ratelimit-remaining-tokens" in headers:
        return RateReport(
            remaining_requests=whole_number(headers.get("x-ratelimit-remaining-requests")),
            remaining_tokens=whole_number(headers.get("x-ratelimit-remaining-tokens")),
            requests_reset_s=duration_s(headers.get("x-ratelimit-reset-requests", "")),
            tokens_reset_s=duration_s(headers.get("x-ratelimit-reset-tokens", "")),
            limit_requests=whole_number(headers.get("x-ratelimit-limit-requests")),
            limit_tokens=whole_number(headers.get("x-ratelimit-limit-tokens")),
        )
    if "anthropic-ratelimit-requests-remaining" in headers or "anthropic-ratelimit-tokens-remaining" in headers:
        return RateReport(
            remaining_requests=whole_number(headers.get("anthropic-ratelimit-requests-remaining")),
            remaining_tokens=whole_number(headers.get("anthropic-ratelimit-tokens-remaining")),
            requests_reset_s=seconds_until(headers.get("anthropic-ratelimit-requests-reset", ""), headers),
            tokens_reset_s=seconds_until(headers.get("anthropic-ratelimit-tokens-reset", ""), headers),
            limit_requests=whole_number(headers.get("anthropic-ratelimit-requests-limit")),
            limit_tokens=whole_number(headers.get("anthropic-ratelimit-tokens-limit")),
        )
    return None


def duration_s(text: str) -> float | None:
    """Return the seconds of `1s`, `6m0s`, `20ms` or a bare number of seconds, or None for anything else."""
    found = _DURATION.fullmatch(text + "s" if text.replace(".", "", 1).isdecimal() else text)
    if found is None or not text:
        return None
    days, hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds + milliseconds / 1_000
