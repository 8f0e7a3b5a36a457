"""From what was seen to the honest words (DESIGN §5). Pure: the same facts always give the same verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from eaa.domain.evidence import RUNS_PER_SIDE, MutantCount, Regression, Severity, TamperFinding, TamperKind
from eaa.domain.ids import TestId
from eaa.domain.kind import Kind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict, judge_task
from eaa.engine.evidence.colour import Colour, reason_of
from eaa.engine.evidence.sight import Sight
from eaa.engine.evidence.tamper import tampering_with

Judgement = tuple[CriterionVerdict, str]
"""The word, and how it was reached in one sentence."""

MUTANTS_THAT_TELL = 4
"""From so many mutants on, tests that notice none of them say nothing about the changed lines."""

_EVERY = f"{RUNS_PER_SIDE} of {RUNS_PER_SIDE} runs"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured once for the whole change."""

    kind: Kind
    regression: Regression
    mutants: MutantCount
    tamper: tuple[TamperFinding, ...]
    interface_changes: tuple[str, ...]
    changed_lines: int
    """Statements that were added or changed in source files."""
    uncovered_lines: int
    """Of these (or of the named target), how many no test executes."""
    is_suite_changed: bool
    """Whether a test file that the base has differs on the head."""
    has_stub: bool
    touched_sources: tuple[str, ...] = ()
    """Changed source files that are not tests."""
    differences: tuple[str, ...] = ()
    """Calls that the head answers otherwise than the base."""
    calls_alike: int = 0
    """Calls that both answer alike."""
    left_open: tuple[str, ...] = ()
    """What the change's author says is not settled."""


def judge_criterion(sights: Sequence[Sight], absent: Sequence[TestId], facts: Facts) -> Judgement:
    """Return the verdict of one criterion.

    Args:
        sights: What was seen of its tests.
        absent: Tests that were claimed and that the head does not have.
        facts: About the whole change.
    """
    tampered = _tampered(sights, facts)
    if tampered is not None:
        return CriterionVerdict.CONTRADICTED, f"{tampered.kind} in {tampered.path}: {tampered.text}"
    if absent:
        return CriterionVerdict.NOT_SHOWN, f"the head has no test called {_some(absent)}"
    spoiled = _spoiled(sights)
    if spoiled is not None:
        return spoiled
    match facts.kind:
        case Kind.REFACTOR:
            return _judge_refactor(sights, facts)
        case Kind.TESTS:
            return _judge_tests(sights, facts)
        case _:
            return _judge_change(sights, facts)


def judge_change(verdicts: Sequence[CriterionVerdict], sights: Sequence[Sight], facts: Facts) -> TaskVerdict:
    """Return the verdict of the whole change.

    Beyond the common rule: a bug whose tests are all green on the base already is *already fixed*; and a change of what
    continuous integration runs always needs a person, however well the rest was shown.
    """
    verdict = judge_task(
        verdicts,
        is_regression_free=not facts.regression.newly_failing,
        is_untampered=not any(finding.severity is Severity.DECISIVE for finding in facts.tamper),
    )
    if verdict is TaskVerdict.FAILED and facts.kind is Kind.BUG and _is_already_fixed(verdicts, sights, facts):
        return TaskVerdict.ALREADY_FIXED
    if verdict is TaskVerdict.DONE and any(finding.kind is TamperKind.CI_EDITED for finding in facts.tamper):
        return TaskVerdict.NEEDS_DECISION
    return verdict


def _is_already_fixed(verdicts: Sequence[CriterionVerdict], sights: Sequence[Sight], facts: Facts) -> bool:
    return (
        bool(sights)
        and set(verdicts) == {CriterionVerdict.NOT_SHOWN}
        and all(sight.base_colour is Colour.GREEN and sight.head_colour is Colour.GREEN for sight in sights)
        and not facts.regression.newly_failing
        and not any(finding.severity is Severity.DECISIVE for finding in facts.tamper)
    )


def _tampered(sights: Sequence[Sight], facts: Facts) -> TamperFinding | None:
    """Return what takes the tests' word away; without tests of its own, a criterion rests on the whole suite."""
    decisive = [finding for finding in facts.tamper if finding.severity is Severity.DECISIVE]
    if not sights and facts.kind is Kind.REFACTOR:
        return decisive[0] if decisive else None
    return next((found for sight in sights if (found := tampering_with(sight.place, decisive)) is not None), None)


def _spoiled(sights: Sequence[Sight]) -> Judgement | None:
    """Return the verdict when a test is not green on the head, or not the same in every run."""
    for sight in sights:
        if sight.head_colour in (Colour.RED, Colour.WRONG_RED):
            outcome = sight.head[0].outcome
            if outcome in (Outcome.BROKEN, Outcome.MISSING):
                return CriterionVerdict.NOT_SHOWN, f"{sight.test} could not run on the head: {reason_of(sight.head)}"
            return CriterionVerdict.CONTRADICTED, f"{sight.test} fails on the head: {reason_of(sight.head)}"
    for sight in sights:
        for side, colour, results in (("head", sight.head_colour, sight.head), ("base", sight.base_colour, sight.base)):
            if colour is Colour.UNSTABLE:
                seen = ", ".join(result.outcome for result in results)
                return (
                    CriterionVerdict.UNSTABLE,
                    f"{sight.test} is not the same in every run and order on the {side}: {seen}",
                )
    for sight in sights:
        if sight.head_colour is Colour.NOT_JUDGED:
            return CriterionVerdict.NOT_SHOWN, f"{sight.test} judges nothing on the head: {sight.head[0].outcome}"
    return None


# --- bug and feature ---


def _judge_change(sights: Sequence[Sight], facts: Facts) -> Judgement:
    if not sights:
        return CriterionVerdict.NOT_SHOWN, "no test was given for it"
    showing = [sight for sight in sights if _shows(sight, facts)]
    if showing:
        doubt = _doubt(facts)
        stub = ", fails with the new symbols replaced by stubs" if _is_stub_needed(facts) else ""
        reds = ", ".join(dict.fromkeys(reason_of(sight.base) for sight in showing))
        others = f"; {len(sights) - len(showing)} more pass on the head" if len(sights) > len(showing) else ""
        return (
            CriterionVerdict.PLAUSIBLE if doubt else CriterionVerdict.SHOWN,
            (
                f"{_count(len(showing), 'test')} red on the base with the head's tests ({reds}; {_EVERY})"
                f"{stub}, green on the head ({_EVERY}, varied order){others}{_mutant_note(facts.mutants)}{doubt}"
            ),
        )
    return _judge_unshown(sights, facts)


def _doubt(facts: Facts) -> str:
    """Return what keeps a change whose tests turned green from being shown by them; empty for nothing."""
    if facts.left_open:
        return "; but the change's own author leaves something open"
    if facts.mutants.run >= MUTANTS_THAT_TELL and facts.mutants.killed == 0:
        return "; but these tests notice no wrong variant of the change at all"
    return ""


def _shows(sight: Sight, facts: Facts) -> bool:
    if not _is_stub_needed(facts):
        return sight.base_colour is Colour.RED
    # Before the symbol exists, its import fails: that is what *absent* looks like, and the stub is what judges.
    return sight.base_colour in (Colour.RED, Colour.WRONG_RED) and sight.stub_colour is Colour.RED


def _is_stub_needed(facts: Facts) -> bool:
    return facts.kind is Kind.FEATURE and facts.has_stub


def _judge_unshown(sights: Sequence[Sight], facts: Facts) -> Judgement:
    if all(sight.base_colour is Colour.GREEN for sight in sights):
        return CriterionVerdict.NOT_SHOWN, "its tests pass on the base already, so they say nothing about the change"
    sight = next(sight for sight in sights if sight.base_colour is not Colour.GREEN)
    reason = reason_of(sight.base)
    if _is_stub_needed(facts):
        return _judge_stub(sight, reason)
    if sight.base[0].outcome in (Outcome.BROKEN, Outcome.MISSING):
        hint = "; for a new function choose the kind feature" if facts.kind is Kind.BUG else ""
        return (
            CriterionVerdict.NOT_SHOWN,
            f"{sight.test} did not get to judge the base ({reason}), and that is no right reason to be red{hint}",
        )
    return (
        CriterionVerdict.PLAUSIBLE,
        (
            f"{sight.test} passes on the head, but on the base it {_was(reason)}, "
            "which is neither an assertion nor a symptom that was reported"
        ),
    )


def _judge_stub(sight: Sight, reason: str) -> Judgement:
    if sight.stub_colour is Colour.GREEN:
        if sight.base_colour is Colour.RED:
            return (
                CriterionVerdict.PLAUSIBLE,
                f"{sight.test} is red on the base and green on the head, but green when the new symbols do nothing",
            )
        return CriterionVerdict.NOT_SHOWN, f"{sight.test} also passes when the new symbols do nothing"
    stub = reason_of(sight.stub) if sight.stub else "not run"
    return (
        CriterionVerdict.PLAUSIBLE,
        (
            f"{sight.test} passes on the head ({reason} on the base), but with the new symbols replaced by stubs it "
            f"{_was(stub)}, which is not an assertion"
        ),
    )


# --- refactor ---


def _judge_refactor(sights: Sequence[Sight], facts: Facts) -> Judgement:
    if facts.regression.newly_failing:
        return CriterionVerdict.CONTRADICTED, f"newly failing: {_some(facts.regression.newly_failing)}"
    if facts.differences:
        return CriterionVerdict.CONTRADICTED, f"answered otherwise than before: {', '.join(facts.differences[:3])}"
    changed = [sight for sight in sights if sight.base_colour is not Colour.GREEN]
    if changed:
        return CriterionVerdict.NOT_SHOWN, f"{changed[0].test} is not green on the base, so the behaviour changed"
    green = facts.regression.passed_head + len(sights)
    if green == 0:
        return CriterionVerdict.NOT_SHOWN, "no test passes on both sides"
    doubts = _refactor_doubts(facts)
    if doubts:
        return CriterionVerdict.PLAUSIBLE, f"{_count(green, 'test')} green on both sides, but {' and '.join(doubts)}"
    calls = f", {_count(facts.calls_alike, 'call')} answered as before" if facts.calls_alike else ""
    uncovered = f"; {facts.uncovered_lines} touched lines run in no test" if facts.uncovered_lines else ""
    return (
        CriterionVerdict.HELD,
        (
            f"the unchanged suite is green on both sides ({_count(green, 'test')}, {_EVERY} each), the public "
            f"interface is the same{calls}{uncovered}"
        ),
    )


def _refactor_doubts(facts: Facts) -> list[str]:
    doubts = []
    if not facts.touched_sources:
        doubts.append("no source file was changed")
    if facts.regression.newly_passing:
        doubts.append(f"tests that failed before pass now ({_some(facts.regression.newly_passing)})")
    if facts.is_suite_changed:
        doubts.append("the suite itself was changed")
    if facts.interface_changes:
        doubts.append(f"the public interface changed ({facts.interface_changes[0]})")
    if facts.changed_lines and facts.uncovered_lines >= facts.changed_lines:
        doubts.append("no test executes a changed line")
    return doubts


# --- tests ---


def _judge_tests(sights: Sequence[Sight], facts: Facts) -> Judgement:
    if not sights:
        return CriterionVerdict.NOT_SHOWN, "no test was given for it"
    if facts.mutants.run == 0:
        return CriterionVerdict.PLAUSIBLE, "the tests pass, but they reach no line of the target that could be mutated"
    notes = f"{facts.mutants.killed} of {facts.mutants.run} mutants of the target are noticed"
    if not facts.mutants.is_enough:
        return CriterionVerdict.PLAUSIBLE, f"the tests pass, but only {notes}"
    if facts.touched_sources:
        return CriterionVerdict.PLAUSIBLE, f"{notes}, but the change touches code as well: {facts.touched_sources[0]}"
    if facts.uncovered_lines:
        return CriterionVerdict.PLAUSIBLE, f"{notes}, but {facts.uncovered_lines} lines of the target run in no test"
    return CriterionVerdict.SHOWN, f"{_count(len(sights), 'test')} green ({_EVERY}), the target is covered, {notes}"


# --- words ---


def _mutant_note(mutants: MutantCount) -> str:
    if mutants.run == 0:
        return ""
    few = "" if mutants.is_enough else ", too few: see the survivors"
    return f"; {mutants.killed} of {mutants.run} mutants of the changed lines are noticed{few}"


def _was(reason: str) -> str:
    return reason if reason.startswith("raised") else f"was {reason}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _some(tests: Sequence[TestId]) -> str:
    more = f" and {len(tests) - 3} more" if len(tests) > 3 else ""
    return ", ".join(tests[:3]) + more
