"""What the fixer is asked, and which of its answers is taken."""

import re
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from eaa.domain.artefact import Patch, QualityFinding
from eaa.domain.brief import Brief
from eaa.domain.fix import Confidence, FixResult
from eaa.domain.ids import TestId
from eaa.domain.project import TestSuite
from eaa.domain.test_report import Outcome
from eaa.engine.suites import suite_of_test, tests_by_suite

LEAST_BUDGET_S = 30.0
"""A search that has only drafts goes on for alternatives until its budget is spent."""
MOST_BUDGET_S = 120.0
FAST_SUITE_S = 10.0
"""A suite that runs faster than this guards every candidate as a whole."""
MOST_PASSING = 300
MOST_BROKEN = 40
MOST_NAMESAKES = 5
"""Suspected files whose own test files guard."""
MOST_SUSPECT_PATHS = 30
_JUDGED = frozenset({Outcome.FAILED, Outcome.RAISED})


def choose_suite(red: Sequence[TestId], brief: Brief) -> tuple[TestSuite, tuple[TestId, ...]] | None:
    """Return the suite with most red tests, and those; None when no suite holds any."""
    groups = tests_by_suite(red, brief.project)
    return max(groups, key=lambda group: len(group[1]), default=None)


def guards(brief: Brief, suite: TestSuite, failing: Sequence[TestId]) -> tuple[TestId, ...]:
    """Return the stable passing tests a candidate must keep green.

    All of them when the suite is fast; else those of the failing tests' own files and of files named for a suspected
    one; and when there are none of these, the first of the project; at most MOST_PASSING.
    """
    chosen = [
        test for test in brief.baseline.passing if test not in failing and suite_of_test(test, brief.project) == suite
    ]
    if brief.baseline.duration_s <= FAST_SUITE_S:
        return tuple(chosen)
    files = {_file(test) for test in failing}
    stems = {
        stem
        for path in pointed_paths(brief)[:MOST_NAMESAKES]
        if (stem := PurePosixPath(path).stem.strip("_")) != "init"
    }
    near = [test for test in chosen if _file(test) in files or _is_named_for(_file(test), stems)]
    return tuple(near or chosen)[:MOST_PASSING]


def search_budget_s(brief: Brief) -> float:
    """Return the seconds a search may take: more where tests are slow, be it by themselves or on a busy machine."""
    return min(MOST_BUDGET_S, max(LEAST_BUDGET_S, 3 * brief.baseline.duration_s))


def other_failing(brief: Brief, suite: TestSuite, failing: Sequence[TestId]) -> tuple[TestId, ...]:
    """Return the tests of the failing tests' suite that fail too and that nobody named, at most MOST_BROKEN."""
    red = (result.test for result in brief.baseline.failing if result.outcome in _JUDGED)
    others = (test for test in red if test not in failing and suite_of_test(test, brief.project) == suite)
    return tuple(others)[:MOST_BROKEN]


def suspect_paths(brief: Brief) -> tuple[str, ...]:
    """Return the source files that may be edited: where the failure points, then the code map, then the rest."""
    sources = frozenset(brief.project.source_paths)
    ordered = dict.fromkeys((*pointed_paths(brief), *brief.project.source_paths))
    return tuple(path for path in ordered if path in sources)[:MOST_SUSPECT_PATHS]


def pointed_paths(brief: Brief) -> tuple[str, ...]:
    """Return the files where the failure points, then those of the code map."""
    reproduction, code_map = brief.handover.reproduction, brief.handover.code_map
    pointed = [suspect.path for suspect in reproduction.suspects] if reproduction else []
    mapped = [path for path, _ in code_map.ranked_paths] if code_map else []
    return tuple(dict.fromkeys((*pointed, *mapped)))


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


def left_open(result: FixResult, chosen: int, failing: Sequence[TestId]) -> tuple[str, ...]:
    """Return what a repair does not settle; a draft always leaves something open.

    Args:
        result: What the search found.
        chosen: Index of the fix that is taken.
        failing: Tests of the project that nobody named and that fail with it too.
    """
    points = []
    if result.fixes[chosen].confidence is not Confidence.HIGH:
        points.append(_draft(result, chosen))
    if failing:
        points.append(still_failing(failing))
    return tuple(points)


def _draft(result: FixResult, chosen: int) -> str:
    number = len(result.fixes) - 1
    if result.distinguishing_input is not None:
        others = "another change passes" if number == 1 else f"{number} other changes pass"
        return (
            f"{others} the same tests; they differ on {result.distinguishing_input}. One more example would settle it."
        )
    missing = [reason.removeprefix("✗ ") for reason in result.fixes[chosen].reasons if reason.startswith("✗")]
    why = f": {'; '.join(missing)}" if missing else ""
    return f"the repair is a draft{why}. One more example, or a test that runs these lines, would help."


def still_failing(tests: Sequence[TestId]) -> str:
    """Return what to say of failing tests of the project that fail with the change too; empty when there are none."""
    if not tests:
        return ""
    if len(tests) == 1:
        return f"{tests[0]} failed before and fails still; it may show the same fault."
    return f"{len(tests)} other tests failed before and fail still, such as {tests[0]}; they may show the same fault."


def _is_named_for(test_file: str, stems: Collection[str]) -> bool:
    parts = re.split(r"[/.]", test_file)
    return any(part.removeprefix("test_").removesuffix("_test").removesuffix("_tests") in stems for part in parts)


def _file(test: TestId) -> str:
    return test.partition("::")[0]
