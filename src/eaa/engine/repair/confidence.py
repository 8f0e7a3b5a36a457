"""How far a repair may be trusted before a person has read it."""

from collections.abc import Sequence

from eaa.domain.fix import Confidence
from eaa.engine.repair.knowing import knows_tests
from eaa.engine.repair.protocol import HostAnswer, HostRepair

_PLAIN_OPERATORS = frozenset(
    {
        "comparison operator",
        "comparison sides swapped",
        "arithmetic operator",
        "augmented operator",
        "operands swapped",
        "boolean operator",
        "arguments swapped",
        "off by one",
        "index moved",
        "slice bound",
        "constant",
        "variable",
        "sibling function",
        "sibling method",
        "condition negated",
        "unary operator dropped",
        "elements swapped",
        "targets swapped",
        "yield from",
        "break made continue",
        "continue made break",
        "plain assignment",
        "augmented assignment",
        "branches swapped",
        "keyword added",
        "attribute",
        "slice turned around",
    }
)
"""Repairs that exchange one thing for its like; those that add or drop logic please weak tests too easily."""

_STRUCTURAL_OPERATORS = frozenset(
    {
        "statement added",
        "statement repeated",
        "statement moved",
        "statements swapped",
        "indented",
        "dedented",
        "made the else branch",
        "if made an elif",
        "wrapped in a function",
        "returned value wrapped",
        "method added",
        "converted",
        "slice added",
        "index added",
        "call dropped",
        "key made finer",
        "key turned round",
        "yield",
    }
)
"""Repairs that add or move something without inventing a condition or an answer; they need more evidence."""

_FEWEST_INPUTS = 5
_FEWEST_TESTS = 4
_FEWEST_CALLS = 6
"""One test may ask a function many things, so different calls count too."""
_FEWEST_STRUCTURAL = 10
_FEWEST_TRUTHS = 10
"""A yes or a no is easily right by chance."""


def judge(
    repair: HostRepair, answer: HostAnswer, *, before: str, tests: Sequence[str]
) -> tuple[Confidence, tuple[str, ...]]:
    """Return the confidence of the best repair of an answer, and a sentence for everything that decided it.

    Args:
        repair: The one to judge.
        answer: The answer it belongs to.
        before: The file before the repair.
        tests: Text of the test files, to see whether the repair knows their literals.
    """
    clusters = {other.cluster for other in answer.repairs}
    tests_run = answer.failing + repair.covering
    is_structural = repair.operator in _STRUCTURAL_OPERATORS
    fewest = _FEWEST_TRUTHS if repair.is_truth else _FEWEST_STRUCTURAL if is_structural else 0
    checks = (
        (
            answer.failing >= 2 or repair.covering >= 3 or answer.seen >= _FEWEST_CALLS,
            f"failing tests turned green: {answer.failing}, passing tests that run the change: {repair.covering}",
        ),
        (
            tests_run >= max(_FEWEST_TESTS, fewest) or answer.seen >= max(_FEWEST_CALLS, fewest),
            f"tests that run the changed code: {tests_run}, with different calls: {answer.seen}"
            + (", which answers only yes or no" if repair.is_truth else ""),
        ),
        (repair.edits == 1, "one place is changed"),
        (repair.operator in _PLAIN_OPERATORS or is_structural, f"kind of change: {repair.operator}"),
        (
            0 not in clusters and len(clusters) == 1,
            f"candidates that passed: {len(answer.repairs)}, behaviours among them: {len(clusters)}",
        ),
        (answer.inputs >= _FEWEST_INPUTS, f"inputs on which behaviours were compared: {answer.inputs}"),
        (repair.is_settled, "likely rivals on the same statement were all tried"),
        (not knows_tests(before, repair.text, tests), "it answers with no literal of the tests"),
        (answer.left_out == 0, f"tests that did not run in time to be relied on: {answer.left_out}"),
        (not answer.flaky, f"flaky tests that were left out: {len(answer.flaky)}"),
    )
    kept = all(is_met for is_met, _ in checks)
    reasons = tuple(f"{'✓' if is_met else '✗'} {text}" for is_met, text in checks)
    return (Confidence.HIGH if kept else Confidence.DRAFT), reasons
