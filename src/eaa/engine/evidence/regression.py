"""The project's other tests on both sides: did anything break?"""

from collections.abc import Callable
from dataclasses import dataclass, field

from eaa.domain.evidence import NotRun, Regression
from eaa.domain.ids import TestId
from eaa.engine.evidence.colour import Colour, colour_of
from eaa.engine.evidence.observation import Observation

_REDS = frozenset({Colour.RED, Colour.WRONG_RED})


@dataclass(frozen=True, slots=True)
class Comparison:
    """The regression set and what looks wrong beyond it."""

    regression: Regression
    silenced: tuple[TestId, ...]
    """Passed on the base and skipped on the head, those of criteria included."""


@dataclass(slots=True)
class _Sorted:
    selected: int = 0
    passed_base: int = 0
    passed_head: int = 0
    newly_failing: list[TestId] = field(default_factory=list)
    newly_passing: list[TestId] = field(default_factory=list)
    flaky: list[TestId] = field(default_factory=list)
    not_run: list[NotRun] = field(default_factory=list)
    silenced: list[TestId] = field(default_factory=list)


def compare_sides(
    base: Observation,
    head: Observation,
    *,
    is_criterion: Callable[[TestId], bool],
    missing: frozenset[TestId],
) -> Comparison:
    """Return how the tests of the base, those of criteria left out, fare on the head.

    Args:
        base: Every suite on the base, several runs.
        head: Every suite on the head, several runs.
        is_criterion: Whether a test belongs to a criterion and is judged there.
        missing: Tests that did not run on the head although its text still has them; they count as red.
    """
    into = _Sorted()
    for test in base.results:
        if _plain(base, test) is Colour.GREEN and _plain(head, test) is Colour.NOT_JUDGED:
            into.silenced.append(test)
        if not is_criterion(test):
            _sort(into, test, base, head, is_missing=test in missing)
    # What the head brings along and nobody claims has to be green as well: whoever runs the suite next will see it.
    into.newly_failing += [
        test
        for test in head.results
        if test not in base.results and not is_criterion(test) and _plain(head, test) in _REDS
    ]
    regression = Regression(
        selected=into.selected,
        passed_base=into.passed_base,
        passed_head=into.passed_head,
        newly_failing=tuple(sorted(into.newly_failing)),
        newly_passing=tuple(sorted(into.newly_passing)),
        flaky=tuple(sorted(into.flaky)),
        not_run=tuple(sorted(into.not_run, key=lambda left_out: left_out.test)),
    )
    return Comparison(regression=regression, silenced=tuple(sorted(into.silenced)))


def _sort(into: _Sorted, test: TestId, base: Observation, head: Observation, *, is_missing: bool) -> None:
    before, after = _plain(base, test), _plain(head, test)
    if before is Colour.NOT_JUDGED:
        into.not_run.append(NotRun(test=test, reason="skipped on the base"))
        return
    if before is Colour.UNSTABLE or after is Colour.UNSTABLE:
        into.flaky.append(test)
        return
    if test not in head.results and not is_missing:
        into.not_run.append(NotRun(test=test, reason="the head has no such test any more"))
        return
    if after is Colour.NOT_JUDGED:
        into.not_run.append(NotRun(test=test, reason="skipped on the head"))
        return
    into.selected += 1
    into.passed_base += before is Colour.GREEN
    into.passed_head += after is Colour.GREEN
    if before is Colour.GREEN and after is not Colour.GREEN:
        into.newly_failing.append(test)
    if before is not Colour.GREEN and after is Colour.GREEN:
        into.newly_passing.append(test)


def _plain(seen: Observation, test: TestId) -> Colour:
    return colour_of(seen.of(test), reported="")
