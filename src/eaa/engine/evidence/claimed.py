"""Finding the tests that a claim names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.engine.evidence.change import ChangedFile
from eaa.engine.evidence.claim import ClaimedCriterion
from eaa.engine.evidence.lab import Lab, Suites
from eaa.engine.evidence.observation import Observation
from eaa.engine.evidence.places import TestPlace, find_places, without_parameters


@dataclass(frozen=True, slots=True)
class ClaimedTests:
    """The tests of all criteria, parameters spelled out."""

    places: Mapping[TestId, TestPlace]
    """Where each of them lives on the head."""
    of: Mapping[CriterionId, tuple[TestId, ...]]
    absent: Mapping[CriterionId, tuple[TestId, ...]]
    """Names that the head has no test for."""

    def includes(self, test: TestId) -> bool:
        """Return whether a test is one of them."""
        return test in self.places


async def find_claimed(
    lab: Lab, head: CommitId, criteria: Sequence[ClaimedCriterion], suites: Suites, seen: Observation
) -> ClaimedTests:
    """Return the criteria's tests as the head has them; `seen` is what ran there."""
    names = [test for criterion in criteria for test in criterion.tests]
    places = await find_places(lab, head, dict.fromkeys(names), suites.head)
    spelled = {name: _spell_out(name, places.get(name), seen) for name in names}
    return ClaimedTests(
        places={test: places[name] for name in names for test in spelled[name]},
        of={
            criterion.id: tuple(dict.fromkeys(test for name in criterion.tests for test in spelled[name]))
            for criterion in criteria
        },
        absent={criterion.id: tuple(name for name in criterion.tests if not spelled[name]) for criterion in criteria},
    )


async def missing_though_written(
    lab: Lab,
    head: CommitId,
    tests: Iterable[TestId],
    *,
    suites: Suites,
    seen: Observation,
    files: Sequence[ChangedFile],
) -> frozenset[TestId]:
    """Return which tests did not run on the head although its text still has them.

    A test whose function ran with other parameters is not one; nor is one of a changed file that no longer defines it.
    """
    ran = frozenset(without_parameters(test) for test in seen.results)
    gone = [test for test in tests if test not in seen.results and without_parameters(test) not in ran]
    changed = frozenset(file.path for file in files)
    places = await find_places(lab, head, gone, suites.head)
    return frozenset(test for test, place in places.items() if place.is_written_out or place.path not in changed)


def _spell_out(name: TestId, place: TestPlace | None, seen: Observation) -> tuple[TestId, ...]:
    if place is None:
        return ()
    # What is written but did not run (its file cannot be imported, say) stays claimed, and is judged by that.
    return seen.named(name) or ((name,) if place.is_written_out else ())
