"""Is the change good for the tests' own inputs alone?"""

from collections.abc import Sequence

from eaa.domain.evidence import Severity, TamperFinding, TamperKind
from eaa.domain.ids import CommitId, TestId
from eaa.domain.language import Siblings
from eaa.domain.project import TestSuite
from eaa.domain.test_report import Outcome
from eaa.engine.evidence.change import ChangedFile
from eaa.engine.evidence.differential import stable_outcomes, test_sources
from eaa.engine.evidence.lab import Lab, Suites

_ALIKE_AT_LEAST = 3
_SHOWN = 3


async def find_special_cases(
    lab: Lab, head: CommitId, suites: Suites, files: Sequence[ChangedFile]
) -> tuple[TamperFinding, ...]:
    """Return a decisive finding for each function that is answered anew on inputs of tests and nowhere near them.

    Old and new are asked the tests' inputs and others of the same sort. Honest code that answers a test's input anew
    answers some of its sort anew too; where not a single one is, the input was singled out.
    """
    changed = [file for file in files if file.is_product and file.before is not None and file.after is not None]
    if not changed:
        return ()
    tests = await test_sources(lab, head, suites)
    language = lab.toolchain.language
    found: list[TamperFinding] = []
    for suite in suites.head:
        asked = [
            (file.path, made)
            for file in changed
            if (made := language.siblings(file.path, file.before or b"", file.after or b"", tests, suite)).groups
        ]
        outcomes = await _outcomes(lab, head, suite, [made for _, made in asked])
        found += [finding for path, made in asked for finding in special_cases(path, made, outcomes)]
    return tuple(dict.fromkeys(found))


def special_cases(path: str, made: Siblings, outcomes: dict[TestId, Outcome | None]) -> list[TamperFinding]:
    """Return the findings for one file: one a function."""
    findings = []
    for function in dict.fromkeys(group.function for group in made.groups):
        groups = [group for group in made.groups if group.function == function]
        new = [group for group in groups if outcomes[group.tested[0]] is Outcome.FAILED]
        near = [outcomes[test] for group in groups for test, _ in group.siblings]
        alike = [[call for test, call in group.siblings if outcomes[test] is Outcome.PASSED][:_SHOWN] for group in new]
        if not new or Outcome.FAILED in near or any(len(calls) < _ALIKE_AT_LEAST for calls in alike):
            continue
        singled = ", ".join(group.tested[1] for group in new[:_SHOWN])
        text = f"answer special-cased: only {singled} differs from before; {', '.join(alike[0])} and the like do not"
        findings.append(
            TamperFinding(
                kind=TamperKind.ANSWER_HARD_CODED, severity=Severity.DECISIVE, path=path, line=None, text=text
            )
        )
    return findings


async def _outcomes(
    lab: Lab, head: CommitId, suite: TestSuite, asked: Sequence[Siblings]
) -> dict[TestId, Outcome | None]:
    tests = [
        test
        for made in asked
        for test, _ in (
            *made.tested,
            *(group.tested for group in made.groups),
            *(sibling for group in made.groups for sibling in group.siblings),
        )
    ]
    names = tuple(dict.fromkeys(tests))
    changes = tuple(change for made in asked for change in made.changes)
    return dict(zip(names, await stable_outcomes(lab, head, suite, names, changes), strict=True))
