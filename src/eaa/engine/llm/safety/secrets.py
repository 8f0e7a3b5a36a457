"""Secrets in texts, known by their value or by their form.

Forms are those that issuers publish, so that scanners can find them. Source: GitHub, "Supported secret scanning
patterns"; AWS, "IAM identifiers"; RFC 7468 (PEM); RFC 7519 (JWT), checked 2026-11.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHORTEST_VALUE = 8
"""A known secret shorter than this is not looked for by value: it would be found in innocent words."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a text that is a secret."""

    start: int
    end: int
    what: str
    """In words, such as `GitHub token`; never the secret."""


@dataclass(frozen=True, slots=True)
class _Form:
    what: str
    hints: tuple[str, ...]
    """One of these stands in every text of this form; looking for them first is a hundred times cheaper."""
    pattern: re.Pattern[str]
    group: int = 0


def _form(what: str, hints: tuple[str, ...], pattern: str, *, group: int = 0, flags: int = 0) -> _Form:
    return _Form(what, hints, re.compile(pattern, flags), group)


_FORMS = (
    _form(
        "private key",
        ("PRIVATE KEY",),
        r"-----BEGIN (?P<kind>(?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?)-----(?s:.*?)(?:-----END (?P=kind)-----|\Z)",
    ),
    _form(
        "GitHub token",
        # Not `gh` alone, which stands in every "right" and "through".
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b",
    ),
    _form("eaa token", ("eaa1.",), r"\beaa1\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    _form("GitLab token", ("glpat-",), r"\bglpat-[A-Za-z0-9_-]{20,}"),
    _form("AWS access key", ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    _form(
        "AWS secret key",
        ("aws_secret", "AWS_SECRET", "SecretAccessKey"),
        r"(?:aws_secret_access_key|SecretAccessKey)[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
        group=1,
        flags=re.IGNORECASE,
    ),
    _form("Slack token", ("xox", "xapp-"), r"\b(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{20,}"),
    _form(
        "Slack webhook", ("hooks.slack.com",), r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}"
    ),
    _form("Anthropic key", ("sk-ant-",), r"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    _form("OpenAI key", ("sk-",), r"\bsk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}"),
    _form("Google key", ("AIza",), r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _form("Stripe key", ("sk_live_", "rk_live_"), r"\b[sr]k_live_[A-Za-z0-9]{20,}\b"),
    _form("npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    _form("PyPI token", ("pypi-",), r"\bpypi-[A-Za-z0-9_-]{50,}"),
    _form("JSON web token", ("eyJ",), r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    _form(
        "password in an address",
        ("://",),
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@'\"]{1,100}:([^\s@/'\"]{3,200})@[A-Za-z0-9.-]+",
        group=1,
        flags=re.IGNORECASE,
    ),
    _form(
        "bearer token",
        ("earer ", "EARER "),
        r"\bBearer\s+([A-Za-z0-9._~+/-]{24,}=*)",
        group=1,
        flags=re.IGNORECASE,
    ),
)
_HINTS = tuple((hint, form) for form in _FORMS for hint in form.hints)


def find_secrets(text: str, *, values: Iterable[str] = ()) -> tuple[Found, ...]:
    """Return the secrets in a text, in order, none inside another.

    Args:
        text: Any text.
        values: Secrets known by their value; those shorter than eight characters are passed over.
    """
    found = [*_by_value(text, values), *_by_form(text)]
    if not found:
        return ()
    found.sort(key=lambda one: (one.start, one.start - one.end))
    apart: list[Found] = []
    for one in found:
        if not apart or one.start >= apart[-1].end:
            apart.append(one)
        elif one.end > apart[-1].end:
            apart[-1] = Found(apart[-1].start, one.end, apart[-1].what)
    return tuple(apart)


def without_secrets(text: str, found: tuple[Found, ...]) -> str:
    """Return the text with each secret replaced by a remark that says what stood there."""
    parts: list[str] = []
    place = 0
    for one in found:
        parts += [text[place : one.start], f"[{one.what} removed]"]
        place = one.end
    return "".join([*parts, text[place:]])


def _by_value(text: str, values: Iterable[str]) -> Iterator[Found]:
    for value in values:
        if len(value) < SHORTEST_VALUE:
            continue
        start = text.find(value)
        while start >= 0:
            yield Found(start, start + len(value), "known secret")
            start = text.find(value, start + len(value))


def _by_form(text: str) -> Iterator[Found]:
    forms = dict.fromkeys(form for hint, form in _HINTS if hint in text)
    for form in forms:
        for match in form.pattern.finditer(text):
            yield Found(match.start(form.group), match.end(form.group), form.what)
