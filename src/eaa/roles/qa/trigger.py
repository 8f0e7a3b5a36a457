"""When there is something to test, or to report."""

from typing import assert_never

from eaa.domain.brief import Brief, Stage
from eaa.domain.verdict import TaskVerdict


def trigger(brief: Brief) -> str | None:
    """Return why this stage has nothing to do, or None when it has."""
    match brief.stage:
        case Stage.TESTS:
            return _no_tests(brief)
        case Stage.BUG_REPORT:
            return _no_report(brief)
        case (
            Stage.REQUIREMENT
            | Stage.CODE_MAP
            | Stage.REPRODUCTION
            | Stage.PATCH
            | Stage.INTEGRATION
            | Stage.PULL_REQUEST
            | Stage.ROLLOUT
        ):
            return f"QA has no part in the stage {brief.stage}"
        case _:
            assert_never(brief.stage)


def _no_tests(brief: Brief) -> str | None:
    requirement = brief.handover.requirement
    if requirement is None or not requirement.criteria:
        return "there is no criterion to test"
    if not brief.project.suites:
        return "the project has no test suite to write tests for"
    if not brief.has_model and not any(criterion.examples or criterion.tests for criterion in requirement.criteria):
        return "no criterion holds an example or names a test"
    return None


def _no_report(brief: Brief) -> str | None:
    evidence = brief.handover.evidence
    if evidence is None:
        return "nothing was verified yet"
    if evidence.verdict is TaskVerdict.DONE:
        return "the verification passed"
    return None
