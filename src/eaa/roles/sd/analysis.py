"""What the fixer is asked, and which of its answers is taken."""

from collections.abc import Sequence

from eaa.domain.artefact import Patch, QualityFinding
from eaa.domain.brief import Brief
from eaa.domain.fix import Confidence, FixResult
from eaa.domain.ids import TestId
from eaa.domain.project import TestSuite
from eaa.domain.test_report import Outcome
from eaa.engine.suites import suite_of_test, tests_by_suite

FAST_SUITE_S = 10.0
"""A suite that runs faster than this guards every candidate as a whole."""
MOST_PASSING = 300
MOST_BROKEN = 40
MOST_SUSPECT_PATHS = 30
_JUDGED = frozenset({Outcome.FAILED, Outcome.RAISED})


def choose_suite(red: Sequence[TestId], brief: Brief) -> tuple[TestSuite, tuple[TestId, ...]] | None:
    """Return the suite with most red tests, and those; None when no suite holds any."""
    groups = tests_by_suite(red, brief.project)
    return max(groups, key=lambda group: len(group[1]), default=None)


def guards(brief: Brief, suite: TestSuite, failing: Sequence[TestId]) -> tuple[TestId, ...]:
    """Return the stable passing tests a candidate must keep green.

    All of them when the suite is fast; else those of the failing tests' own files first, then the project's order,
    at most MOST_PASSING.
    """
    chosen = [
        test for test in brief.baseline.passing if test not in failing and suite_of_test(test, brief.project) == suite
    ]
    if brief.baseline.duration_s <= FAST_SUITE_S:
        return tuple(chosen)
    files = {_file(test) for test in failing}
    return tuple(sorted(chosen, key=lambda test: _file(test) not in files)[:MOST_PASSING])


def other_failing(brief: Brief, suite: TestSuite, failing: Sequence[TestId]) -> tuple[TestId, ...]:
    """Return the tests of the failing tests' suite that fail too and that nobody named, at most MOST_BROKEN."""
    red = (result.test for result in brief.baseline.failing if result.outcome in _JUDGED)
    others = (test for test in red if test not in failing and suite_of_test(test, brief.project) == suite)
    return tuple(others)[:MOST_BROKEN]


def suspect_paths(brief: Brief) -> tuple[str, ...]:
    """Return the source files that may be edited: where the failure points, then the code map, then the rest."""
    sources = frozenset(brief.project.source_paths)
    reproduction, code_map = brief.handover.reproduction, brief.handover.code_map
    pointed = [suspect.path for suspect in reproduction.suspects] if reproduction else []
    mapped = [path for path, _ in code_map.ranked_paths] if code_map else []
    ordered = dict.fromkeys((*pointed, *mapped, *brief.project.source_paths))
    return tuple(path for path in ordered if path in sources)[:MOST_SUSPECT_PATHS]


def rank(result: FixResult) -> tuple[int, ...]:
    """Return the indexes of the fixes in the order in which they are tried: high confidence first, else as found."""
    return tuple(
        sorted(range(len(result.fixes)), key=lambda index: result.fixes[index].confidence is not Confidence.HIGH)
    )


def following(earlier: Patch) -> tuple[int, ...]:
    """Return the order of the fixes that are left after a patch whose verification failed."""
    order = rank(earlier.fix)
    if earlier.chosen is not None and earlier.chosen in order:
        order = order[order.index(earlier.chosen) + 1 :]
    return order


def newly_failing(brief: Brief) -> tuple[TestId, ...]:
    """Return the tests that a verification saw broken by the change before."""
    evidence = brief.handover.evidence
    return evidence.regression.newly_failing if evidence is not None else ()


def new_findings(before: Sequence[QualityFinding], after: Sequence[QualityFinding]) -> tuple[QualityFinding, ...]:
    """Return the complaints that were not there before. Lines move, so a complaint is known by tool, file and text."""
    known: dict[tuple[str, str, str], int] = {}
    for finding in before:
        known[finding.tool, finding.path, finding.text] = known.get((finding.tool, finding.path, finding.text), 0) + 1
    fresh = []
    for finding in after:
        key = (finding.tool, finding.path, finding.text)
        if known.get(key, 0):
            known[key] -= 1
        else:
            fresh.append(finding)
    return tuple(fresh)


def note_of(result: FixResult, chosen: int, findings: Sequence[QualityFinding]) -> str:
    """Return what was done, for the person."""
    fix = result.fixes[chosen]
    parts = [f"{fix.operator} ({fix.confidence} confidence: {' '.join(fix.reasons)})".rstrip()]
    if len(result.fixes) > 1:
        parts.append(f"{len(result.fixes) - 1} other changes also turn the tests green.")
    if result.distinguishing_input:
        parts.append(f"They differ on: {result.distinguishing_input}")
    if findings:
        parts.append(f"The project's own tools have {len(findings)} new complaints.")
    return " ".join(parts)


def _file(test: TestId) -> str:
    return test.partition("::")[0]
