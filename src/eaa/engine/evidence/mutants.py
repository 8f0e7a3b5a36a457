"""Do the tests notice when the changed lines are wrong? Small wrong variants of them, run one by one."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from eaa.domain.evidence import MutantCount, SurvivingMutant
from eaa.domain.ids import CommitId
from eaa.domain.language import Mutant
from eaa.domain.repository import FileChange
from eaa.domain.test_report import RED_OUTCOMES
from eaa.engine.evidence.claim import MUTANT_FLOOR, MUTANT_LIMIT
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.observation import Selection, observe
from eaa.engine.evidence.parallel import in_parallel
from eaa.ports.language import Language

LANES = 2
_BUDGET_S = 60.0
_SLOWEST_AT_LEAST_S = 20.0

Lines = Mapping[str, frozenset[int]]


def make_mutants(language: Language, sources: Mapping[str, bytes], lines: Lines) -> tuple[Mutant, ...]:
    """Return the mutants of some lines, by path and line."""
    return tuple(
        mutant
        for path in sorted(lines)
        if path in sources and lines[path]
        for mutant in language.mutants(path, sources[path], lines[path])
    )


def covered_mutants(
    language: Language, sources: Mapping[str, bytes], mutants: Iterable[Mutant], executed: Lines
) -> tuple[Mutant, ...]:
    """Return the mutants of statements that were executed."""
    reached = {path: reached_lines(language, path, source, executed) for path, source in sources.items()}
    return tuple(mutant for mutant in mutants if mutant.line in reached.get(mutant.path, frozenset()))


def reached_lines(language: Language, path: str, source: bytes, executed: Lines) -> frozenset[int]:
    """Return every line of the statements of which any line was executed."""
    seen = executed.get(path, frozenset())
    return seen | {
        line
        for first, last in language.statements(path, source)
        if any(line in seen for line in range(first, last + 1))
        for line in range(first, last + 1)
    }


def choose_evenly(mutants: Sequence[Mutant], limit: int) -> tuple[Mutant, ...]:
    """Return at most `limit` mutants: one of every line, then a second of every line, and so on.

    When there are more lines than that, lines at even distances are chosen. The choice depends on nothing else.
    """
    if len(mutants) <= limit:
        return tuple(mutants)
    by_line = [list(group) for _, group in groupby(mutants, key=lambda mutant: (mutant.path, mutant.line))]
    if len(by_line) > limit:
        return tuple(by_line[index * len(by_line) // limit][0] for index in range(limit))
    rounds = (
        (depth, index)
        for depth in range(max(map(len, by_line)))
        for index, line in enumerate(by_line)
        if depth < len(line)
    )
    chosen = sorted((index, depth) for _, (depth, index) in zip(range(limit), rounds, strict=False))
    return tuple(by_line[index][depth] for index, depth in chosen)


def mutant_limit(duration_s: float) -> int:
    """Return how many mutants fit into about a minute when one run takes this long."""
    return max(MUTANT_FLOOR, min(MUTANT_LIMIT, int(LANES * _BUDGET_S / max(duration_s, 0.1))))


async def count_killed(
    lab: Lab,
    head: CommitId,
    *,
    mutants: Sequence[Mutant],
    covered: Sequence[Mutant],
    limit: int,
    selection: Selection,
    duration_s: float,
) -> MutantCount:
    """Run the tests on covered mutants of the head and return how many they notice.

    Args:
        lab: Where to run.
        head: The commit that the mutants vary.
        mutants: All that were made.
        covered: Those on executed lines.
        limit: How many of the covered to run at most.
        selection: Tests that pass on the head; one red among them notices the mutant.
        duration_s: Of one run without a mutant; a mutant that takes much longer is noticed by that.
    """
    chosen = choose_evenly(covered, limit) if any(tests for _, tests in selection) else ()
    timeout_s = max(_SLOWEST_AT_LEAST_S, 5 * duration_s)
    lanes = [chosen[lane::LANES] for lane in range(LANES)]
    found = await in_parallel(_survivors(lab, head, lane, selection, timeout_s) for lane in lanes if lane)
    survivors = sorted(
        (survivor for lane in found for survivor in lane),
        key=lambda survivor: (survivor.path, survivor.line, survivor.description),
    )
    return MutantCount(
        made=len(mutants),
        covered=len(covered),
        killed=len(chosen) - len(survivors),
        survivors=tuple(survivors),
        left_out=len(covered) - len(chosen),
    )


async def _survivors(
    lab: Lab, head: CommitId, mutants: Sequence[Mutant], selection: Selection, timeout_s: float
) -> list[SurvivingMutant]:
    survivors: list[SurvivingMutant] = []
    async with lab.workspaces.open(lab.repository, head) as workspace:
        for mutant in mutants:
            overlay = (FileChange(path=mutant.path, content=mutant.content),)
            seen = await observe(lab, workspace, selection, seeds=(0,), overlay=overlay, timeout_s=timeout_s)
            tests = [test for _, chosen in selection for test in chosen or ()]
            if not any(seen.of(test)[0].outcome in RED_OUTCOMES for test in tests):
                survivors.append(SurvivingMutant(path=mutant.path, line=mutant.line, description=mutant.description))
    return survivors
