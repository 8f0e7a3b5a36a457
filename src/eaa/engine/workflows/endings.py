"""How a change ends when it does not end with a branch, in honest words."""

from eaa.domain.artefact import Patch, Reproduction, Requirement, WrittenTests
from eaa.domain.evidence import Evidence
from eaa.domain.kind import PROVABLE_KINDS, Kind
from eaa.domain.question import Question
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from eaa.engine.workflows.order import ChangeResult, Order

_UNCLEAR = Question(text="What should be true afterwards? Give one example with its result, or name a failing test.")


def undecided(order: Order, requirement: Requirement | None) -> ChangeResult:
    """Return the end of a request that a person has to say more about."""
    kind = requirement.kind if requirement is not None else None
    questions = requirement.questions if requirement is not None else (_UNCLEAR,)
    note = "The request does not say what can be tested."
    if kind is not None and kind not in PROVABLE_KINDS:
        known = ", ".join(sorted(PROVABLE_KINDS))
        note = f"Changes of kind {kind} cannot be worked on yet; known kinds: {known} (`--kind` overrides)."
    return ChangeResult(
        run_id=order.run_id,
        kind=kind,
        verdict=TaskVerdict.NEEDS_DECISION,
        note=note,
        base=order.base,
        questions=questions,
    )


def without_author(order: Order, requirement: Requirement) -> ChangeResult:
    """Return the end of a request that only a model or a person can write."""
    return ChangeResult(
        run_id=order.run_id,
        kind=requirement.kind,
        verdict=TaskVerdict.FAILED,
        note=(
            f"No failing test shows this {requirement.kind}, and without a model only failing tests can be repaired. "
            "Commit a test that fails today and name it, or give an example: `call(arguments)` → `expected value`."
        ),
        base=order.base,
    )


def nothing_red(
    order: Order, requirement: Requirement, tests: WrittenTests, reproduction: Reproduction | None
) -> ChangeResult:
    """Return the end of a request whose tests show no failure on the base.

    Green tests of a model's own say nothing about the request: it may have missed what is asked for.
    """
    if tests.green and not tests.wrong_reason and not tests.author:
        verdict, note = TaskVerdict.ALREADY_FIXED, "Every test and example of the request passes on the base already."
    elif requirement.kind is Kind.BUG:
        verdict, note = TaskVerdict.CANNOT_REPRODUCE, "No test is red on the base for the reason the request gives."
    elif order.has_model:
        verdict, note = TaskVerdict.FAILED, f"No test that was written shows that the {requirement.kind} is missing."
    else:
        return without_author(order, requirement)
    wrong = tuple(f"{test}: {reason}" for test, reason in tests.wrong_reason)
    return ChangeResult(
        run_id=order.run_id,
        kind=requirement.kind,
        verdict=verdict,
        note=note,
        base=order.base,
        tried=(*(reproduction.tried if reproduction is not None else ()), *wrong),
    )


def not_repaired(
    order: Order, requirement: Requirement, patch: Patch | None, evidence: Evidence | None
) -> ChangeResult:
    """Return the end of a change that nobody could make pass its verification."""
    return ChangeResult(
        run_id=order.run_id,
        kind=requirement.kind,
        verdict=TaskVerdict.FAILED,
        note=patch.note if patch is not None and patch.note else "No change was found that passes.",
        base=order.base,
        evidence=evidence,
    )


def sentence_of(evidence: Evidence) -> str:
    """Return one sentence on what the evidence amounts to."""
    proven = sum(one.verdict in (CriterionVerdict.SHOWN, CriterionVerdict.HELD) for one in evidence.criteria)
    rest = f"left open: {evidence.left_open[0]}" if evidence.left_open else "nothing else is claimed."
    return f"{proven} of {len(evidence.criteria)} criteria shown or held; {rest}"
