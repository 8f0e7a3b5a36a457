"""The canonical log of a test: the same bytes on every machine."""

from collections.abc import Sequence

from eaa.domain.test_report import TestResult
from eaa.kit.bounded import printable
from eaa.kit.digest import sha256_hex


def canonical_log(*, base: Sequence[TestResult], stub: Sequence[TestResult], head: Sequence[TestResult]) -> str:
    """Return one line a run, `side seed outcome exception`, base before stub before head, seeds ascending.

    Blanks inside an outcome or a name become `-`, control characters escapes; a missing exception is `-`. Every line
    ends with a line feed.
    """
    sides = (("base", base), ("stub", stub), ("head", head))
    return "".join(
        f"{side} {seed} {_word(result.outcome.value)} {_word(result.exception or '-')}\n"
        for side, results in sides
        for seed, result in enumerate(results)
    )


def log_sha256(*, base: Sequence[TestResult], stub: Sequence[TestResult], head: Sequence[TestResult]) -> str:
    """Return the SHA-256 of the canonical log in UTF-8."""
    return sha256_hex(canonical_log(base=base, stub=stub, head=head).encode())


def _word(text: str) -> str:
    # An exception's name is the tested code's own choice; it must not be able to write a line of the log.
    return printable(text).replace(" ", "-")
