"""Whether tests and reports agree with the facts of the brief."""

from eaa.domain.artefact import Artefact, BugReport, Skipped, WrittenTests
from eaa.domain.brief import Brief, Stage
from eaa.domain.errors import ArtefactInvalid
from eaa.roles.qa.report import MOST_LINES


def check(brief: Brief, artefact: Artefact) -> None:
    """Check written tests or a bug report.

    Raises:
        ArtefactInvalid: A test has two colours or none, a colour the baseline contradicts, an unknown criterion, or a
            source file was written.
    """
    if isinstance(artefact, Skipped):
        return
    if brief.stage is Stage.TESTS and isinstance(artefact, WrittenTests):
        _check_tests(brief, artefact)
    elif brief.stage is Stage.BUG_REPORT and isinstance(artefact, BugReport):
        _check_report(brief, artefact)
    else:
        raise ArtefactInvalid(artefact=str(brief.stage), because=f"it is a {type(artefact).__name__}")


def _check_tests(brief: Brief, written: WrittenTests) -> None:
    for because in (
        _colours(written),
        _against_baseline(brief, written),
        _criteria(brief, written),
        _files(brief, written),
    ):
        if because:
            raise ArtefactInvalid(artefact="tests", because=because)


def _colours(written: WrittenTests) -> str:
    listed = sorted({test for _, tests in written.tests for test in tests})
    coloured = sorted((*written.red, *written.green, *(test for test, _ in written.wrong_reason)))
    if coloured != listed:
        return "a test of a criterion is not listed exactly once as red, green or red for a wrong reason"
    return ""


def _against_baseline(brief: Brief, written: WrittenTests) -> str:
    passing = frozenset(brief.baseline.passing)
    failing = frozenset(result.test for result in brief.baseline.failing)
    # A file of the project may be extended by QA; only tests of an unchanged commit can be compared by name.
    if written.commit != brief.base:
        return ""
    for test in written.red:
        if test in passing:
            return f"{test} is listed as red and passed in every run of the baseline"
    for test in written.green:
        if test in failing:
            return f"{test} is listed as green and failed in every run of the baseline"
    return ""


def _criteria(brief: Brief, written: WrittenTests) -> str:
    requirement = brief.handover.requirement
    known = {criterion.id for criterion in requirement.criteria} if requirement else set()
    unknown = [criterion for criterion, _ in written.tests if criterion not in known]
    return f"criterion {unknown[0]} is not in the requirement" if unknown else ""


def _files(brief: Brief, written: WrittenTests) -> str:
    if bool(written.paths) != (written.commit != brief.base):
        return "files were written without a commit, or a commit was made without files"
    sources = [path for path in written.paths if path in brief.project.source_paths]
    return f"{sources[0]} is a source file, not a test" if sources else ""


def _check_report(brief: Brief, report: BugReport) -> None:
    if not report.text.strip() or report.text.count("\n") >= MOST_LINES:
        raise ArtefactInvalid(artefact="bug report", because=f"it has no line, or more than {MOST_LINES}")
    if report.round != len(brief.handover.bug_reports) + 1:
        raise ArtefactInvalid(artefact="bug report", because=f"round {report.round} does not follow the last one")
