"""What in a change makes a check easier to pass."""

from collections.abc import Sequence
from fnmatch import fnmatch
from itertools import chain

from eaa.domain.evidence import Severity, TamperFinding, TamperKind
from eaa.domain.ids import TestId
from eaa.domain.project import TestSuite
from eaa.engine.evidence.change import ChangedFile
from eaa.engine.evidence.places import TestPlace
from eaa.ports.language import Language

CI_FILES = (
    ".github/workflows/*",
    ".github/actions/*",
    ".gitlab-ci.yml",
    ".gitlab/ci/*",
    ".circleci/*",
    ".travis.yml",
    ".drone.yml",
    ".woodpecker*",
    ".buildkite/*",
    "azure-pipelines*.yml",
    "bitbucket-pipelines.yml",
    "appveyor.yml",
    "Jenkinsfile*",
    ".ci/*",
)
"""Patterns of files that say what continuous integration runs."""

STARTUP_FILES = ("sitecustomize.py", "*/sitecustomize.py", "usercustomize.py", "*/usercustomize.py")
"""Patterns of files that run before anything else does, tests included, wherever their folder is looked into."""

_DESTROYS = frozenset({TamperKind.TEST_DELETED, TamperKind.TEST_WEAKENED, TamperKind.TEST_SKIPPED})


def tamper_findings(
    language: Language, files: Sequence[ChangedFile], suites: Sequence[TestSuite]
) -> tuple[TamperFinding, ...]:
    """Return everything the text of a change says about tampering, decisive findings first."""
    found = chain(
        _ci_edits(files),
        _startup_edits(files),
        _weakenings(language, files, suites),
        _hard_coded(language, files),
    )
    return in_order(found)


def is_ci_file(path: str) -> bool:
    """Return whether a file says what continuous integration runs."""
    return any(fnmatch(path, pattern) for pattern in CI_FILES)


def in_order(findings: Sequence[TamperFinding] | chain[TamperFinding]) -> tuple[TamperFinding, ...]:
    """Return findings once each, decisive ones first, then by path and line."""
    return tuple(
        sorted(
            dict.fromkeys(findings),
            key=lambda finding: (
                finding.severity is not Severity.DECISIVE,
                finding.path,
                finding.line or 0,
                finding.kind,
                finding.text,
            ),
        )
    )


def silenced_tests(tests: Sequence[TestId], findings: Sequence[TamperFinding]) -> tuple[TamperFinding, ...]:
    """Return a finding for each test that passed on the base and is skipped on the head, unless it has one already."""
    known = {finding.path for finding in findings if finding.kind is TamperKind.TEST_SKIPPED}
    return tuple(
        TamperFinding(
            kind=TamperKind.TEST_SKIPPED,
            severity=Severity.DECISIVE,
            path=test.partition("::")[0],
            line=None,
            text=f"{test} passes on the base and is skipped on the head",
        )
        for test in tests
        if not any(test.startswith(path) for path in known)
    )


def tampering_with(place: TestPlace, findings: Sequence[TamperFinding]) -> TamperFinding | None:
    """Return the first of some decisive findings that takes a test's word away, or None.

    Forged results and hard-coded answers take the word of every test.
    """
    for finding in findings:
        if finding.kind in (TamperKind.RESULT_FORGED, TamperKind.ANSWER_HARD_CODED):
            return finding
        if finding.kind in _DESTROYS and finding.path == place.path and _concerns(finding, place):
            return finding
    return None


def _concerns(finding: TamperFinding, place: TestPlace) -> bool:
    return finding.line is None or place.first_line <= finding.line <= place.last_line


def _ci_edits(files: Sequence[ChangedFile]) -> list[TamperFinding]:
    return [
        TamperFinding(
            kind=TamperKind.CI_EDITED,
            severity=Severity.LOOK,
            path=file.path,
            line=file.added_lines[0] if file.added_lines else None,
            text="changes what continuous integration runs; a person must look at it",
        )
        for file in files
        if is_ci_file(file.path)
    ]


def _startup_edits(files: Sequence[ChangedFile]) -> list[TamperFinding]:
    return [
        TamperFinding(
            kind=TamperKind.TEST_CONFIGURATION_EDITED,
            severity=Severity.DECISIVE,
            path=file.path,
            line=file.added_lines[0] if file.added_lines else None,
            text="runs before the tests do and can change what they see",
        )
        for file in files
        if file.after is not None and any(fnmatch(file.path, pattern) for pattern in STARTUP_FILES)
    ]


def _weakenings(language: Language, files: Sequence[ChangedFile], suites: Sequence[TestSuite]) -> list[TamperFinding]:
    found: list[TamperFinding] = []
    for suite in suites:
        kept = _bodies(
            language, [(file.path, file.after) for file in files if language.is_test(file.path, suite)], suite
        )
        for file in files:
            if file.is_source and not language.is_test(file.path, suite):
                continue
            lost = _lost_tests(language, file, suite, kept)
            found += [
                finding
                for finding in language.weakenings(file.path, file.before, file.after, suite)
                if finding.kind is not TamperKind.TEST_DELETED or lost is None or lost
            ]
    return found


def _lost_tests(language: Language, file: ChangedFile, suite: TestSuite, kept: frozenset[str]) -> frozenset[str] | None:
    """Return the tests' texts that a file lost and no changed test file of the head has; None when it lost none."""
    before = _bodies(language, [(file.path, file.before)], suite)
    after = _bodies(language, [(file.path, file.after)], suite)
    lost = before - after
    return lost - kept if lost else None


def _bodies(language: Language, files: Sequence[tuple[str, bytes | None]], suite: TestSuite) -> frozenset[str]:
    bodies: set[str] = set()
    for path, content in files:
        if content is not None and language.is_source(path):
            lines = content.decode(errors="replace").splitlines()
            bodies |= {
                "\n".join(line.strip() for line in lines[first - 1 : last])
                for _, first, last in language.tests_in(path, content, suite)
            }
    return frozenset(bodies)


def _hard_coded(language: Language, files: Sequence[ChangedFile]) -> list[TamperFinding]:
    tests = [file.after for file in files if file.is_test and file.is_source and file.after is not None]
    return [
        finding
        for file in files
        if file.is_product and file.after is not None
        for finding in language.hard_coded(file.path, file.before or b"", file.after, tests)
    ]
