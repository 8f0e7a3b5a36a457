"""Given / when / then sentences."""

import re

from eaa.domain.criterion import Example
from eaa.roles.pm.claims import exception_at, read_claims
from eaa.roles.pm.expressions import calls_in, is_statement, value_at

_PARTS = re.compile(
    r"\bgiven\b(?P<given>.{0,1000}?)\bwhen\b(?P<when>.{0,1000}?)\bthen\b(?P<then>.{0,1000})", re.IGNORECASE | re.DOTALL
)
_WHEN_THEN = re.compile(r"\bwhen\b(?P<when>.{0,1000}?)\bthen\b(?P<then>.{0,1000})", re.IGNORECASE | re.DOTALL)
_ASSIGNMENT = re.compile(r"`?\b([A-Za-z_]\w{0,60})`?\s*(?:=(?!=)|\bis\b|\bequals\b|\bof\b|\bbeing\b)\s*")
_OUTCOME = re.compile(
    r"(?:it|this|the (?:result|answer|output|call)|an?)?\s*(?:should |must |is |to )*(?:returns?"
    r"|gives?|be|is|equals?|raises?|throws?|raised)?\s*",
    re.IGNORECASE,
)


def starts_scenario(text: str) -> bool:
    """Return whether a sentence opens a scenario."""
    return re.match(r"[*_\s]*(?:given|when)\b", text, re.IGNORECASE) is not None


def goes_on_with_scenario(text: str) -> bool:
    """Return whether a sentence is a further step of the scenario before it."""
    return re.match(r"[*_\s]*(?:when|then|and|but)\b", text, re.IGNORECASE) is not None


def read_scenario(text: str) -> Example | None:
    """Return the example of a given/when/then text, or None when a part of it cannot be read."""
    match = _PARTS.search(text) or _WHEN_THEN.search(text)
    if match is None:
        return None
    given = match.groupdict().get("given") or ""
    call = next(calls_in(match["when"]), None)
    if call is None:
        return None
    setup = _setup(given)
    outcome = match["then"].strip(" \n\t,:`*")
    position = _OUTCOME.match(outcome)
    start = position.end() if position else 0
    if (exception := exception_at(outcome, start)) is not None:
        return Example(call.source, raises=exception[0], setup=setup)
    if (value := value_at(outcome, start)) is not None:
        return Example(call.source, expected=value.source, setup=setup)
    about_it = next((claim for claim in read_claims(outcome) if not claim.expression), None)
    if about_it is None:
        return None
    return Example(call.source, expected=about_it.value, raises=about_it.raises, setup=setup)


def _setup(given: str) -> tuple[str, ...]:
    statements = []
    for match in _ASSIGNMENT.finditer(given):
        value = value_at(given, match.end())
        statement = f"{match[1]} = {value.source}" if value else ""
        if statement and is_statement(statement):
            statements.append(statement)
    return tuple(statements)
