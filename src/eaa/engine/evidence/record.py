"""`evidence.json`: the record as bytes, and back with every doubt raised."""

import msgspec

from eaa.domain.errors import EvidenceUnreadable
from eaa.domain.evidence import EVIDENCE_VERSION, Evidence

RECORD_LIMIT_BYTES = 5_000_000


def encodable(evidence: Evidence) -> Evidence:
    """Return the evidence with undecodable bytes of file names written as escapes, so that it fits into JSON."""
    return msgspec.convert(_escaped(msgspec.to_builtins(evidence)), Evidence)


def encode_evidence(evidence: Evidence) -> bytes:
    """Return `evidence.json`: indented JSON in UTF-8, fields in the order of the schema, a line feed at the end."""
    return msgspec.json.format(msgspec.json.encode(evidence), indent=2) + b"\n"


def decode_evidence(content: bytes) -> Evidence:
    """Return the evidence that a file holds; nothing in it is run or believed yet.

    Raises:
        EvidenceUnreadable: Too large, not JSON, of an unknown version, or not of exactly the schema's shape.
    """
    if len(content) > RECORD_LIMIT_BYTES:
        raise EvidenceUnreadable(
            f"the file is larger than {RECORD_LIMIT_BYTES} bytes", hint="Give the evidence.json that eaa wrote."
        )
    plain = _json(content)
    _check_version(plain)
    try:
        evidence = msgspec.json.decode(content, type=Evidence, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise EvidenceUnreadable(
            f"the file is not evidence: {error}", hint="docs/reference/evidence.schema.json has the shape."
        ) from None
    unknown = _first_unknown(plain, msgspec.to_builtins(evidence), "$")
    if unknown is not None:
        raise EvidenceUnreadable(
            f"the file holds something that evidence does not have: {unknown}",
            hint="docs/reference/evidence.schema.json has the shape.",
        )
    return evidence


def _escaped(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {name: _escaped(part) for name, part in value.items()}
        case list() | tuple():
            return [_escaped(part) for part in value]
        case _:
            return value


def _json(content: bytes) -> object:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise EvidenceUnreadable(
            f"the file is not JSON: {error}", hint="Give the evidence.json that eaa wrote."
        ) from None


def _check_version(plain: object) -> None:
    version = plain.get("version") if isinstance(plain, dict) else None
    if version is None:
        raise EvidenceUnreadable("the file names no evidence version", hint="Give the evidence.json that eaa wrote.")
    if version != EVIDENCE_VERSION:
        raise EvidenceUnreadable(
            f"the file has evidence version {version!r}, this eaa knows {EVIDENCE_VERSION}",
            hint="Verify it with the version of eaa that wrote it, or a newer one.",
        )


def _first_unknown(given: object, known: object, where: str) -> str | None:
    """Return the path of the first member that was in the file and did not survive reading it, or None."""
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            if name not in known:
                return f"{where}.{name}"
            found = _first_unknown(value, known[name], f"{where}.{name}")
            if found is not None:
                return found
    if isinstance(given, list) and isinstance(known, list | tuple):
        pairs = enumerate(zip(given, known, strict=True))
        founds = (_first_unknown(one, other, f"{where}[{index}]") for index, (one, other) in pairs)
        return next((found for found in founds if found is not None), None)
    return None
