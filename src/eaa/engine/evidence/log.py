"""The canonical log of a test: the same bytes on every machine."""

from collections.abc import Sequence

from eaa.domain.test_report import TestResult
from eaa.kit.digest import sha256_hex


def canonical_log(*, base: Sequence[TestResult], stub: Sequence[TestResult], head: Sequence[TestResult]) -> str:
    """Return one line a run, `side seed outcome exception`, base before stub before head, seeds ascending.

    Blanks inside an outcome become `-`; a missing exception is `-`. Every line ends with a line feed.
    """
    sides = (("base", base), ("stub", stub), ("head", head))
    return "".join(
        f"{side} {seed} {result.outcome.value.replace(' ', '-')} {result.exception or '-'}\n"
        for side, results in sides
        for seed, result in enumerate(results)
    )


def log_sha256(*, base: Sequence[TestResult], stub: Sequence[TestResult], head: Sequence[TestResult]) -> str:
    """Return the SHA-256 of the canonical log in UTF-8."""
    return sha256_hex(canonical_log(base=base, stub=stub, head=head).encode())
