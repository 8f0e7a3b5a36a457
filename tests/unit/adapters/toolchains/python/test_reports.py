"""Reading what the probe told."""

import json
from pathlib import Path
from typing import Any

import pytest

from eaa.adapters.toolchains.python.quality_runs import read_complaints
from eaa.adapters.toolchains.python.reports import read_records, report_of
from eaa.domain.artefact import QualityFinding
from eaa.domain.command import CommandEnd, CommandResult, Output
from eaa.domain.ids import CommitId, RepositoryId, TestId
from eaa.domain.repository import Repository
from eaa.domain.test_report import Outcome, ReportState, TestReport
from eaa.domain.workspace import Workspace
from eaa.ports.toolchain import TestRun
from tests.support.python_world import make_suite, own_environment

_ONE = {"kind": "end", "test": "t.py::one", "outcome": "passed"}
_TWO = {"kind": "end", "test": "t.py::two", "outcome": "failed", "exception": "AssertionError", "message": "x" * 5000}


def told(*records: dict[str, Any], nonce: str = "n") -> bytes:
    return b"".join(f"\n@{nonce} {json.dumps(record)}\n".encode() for record in records)


def final(finished: int, exit_code: int = 0) -> dict[str, Any]:
    return {"kind": "final", "finished": finished, "exit_code": exit_code}


def report(stdout: Output, *tests: str, end: CommandEnd = CommandEnd.EXITED, exit_code: int | None = 0) -> TestReport:
    repository = Repository(id=RepositoryId("r"), source="", default_branch="main")
    workspace = Workspace(Path("nowhere"), repository, CommitId("0" * 40))
    run = TestRun(workspace, own_environment(), make_suite(), tuple(map(TestId, tests)) or None)
    result = CommandResult(end, exit_code, stdout, Output(b""), duration_s=1.0)
    return report_of(run, read_records(stdout, "n"), result)


def test_records_are_told_from_noise() -> None:
    found = report(Output(told(_ONE, _TWO, final(2)) + b"noise\n@n not json\n" + told(_TWO, nonce="m")), exit_code=1)
    assert found.state is ReportState.COMPLETE
    assert [(result.test, result.outcome) for result in found.results] == [
        ("t.py::one", Outcome.PASSED),
        ("t.py::two", Outcome.FAILED),
    ]
    assert len(found.results[1].message) == 2000
    assert found.output.startswith("noise")


@pytest.mark.parametrize(
    "stdout",
    [
        Output(b""),
        Output(told(_ONE)),
        Output(told(_ONE, final(2))),
        Output(told(_ONE)[:-9], told(final(2)), omitted_bytes=9),
        Output(told(_ONE, final(1), nonce="m")),
    ],
    ids=["nothing", "no end", "one is missing", "cut", "forged"],
)
def test_a_success_that_was_not_told_whole_is_unreadable(stdout: Output) -> None:
    assert report(stdout).state is ReportState.UNREADABLE


@pytest.mark.parametrize(
    "records",
    [
        (_ONE, _ONE, final(2)),
        (_ONE, {**_ONE, "outcome": "failed"}, final(1)),
        (final(0), _ONE),
        (final(0), _ONE, final(1)),
    ],
    ids=["twice", "twice, and otherwise", "after the end", "after the end, with an end of its own"],
)
def test_a_result_that_somebody_else_told_too_is_broken(records: tuple[dict[str, Any], ...]) -> None:
    (found,) = report(Output(told(*records))).results

    assert (found.test, found.outcome) == ("t.py::one", Outcome.BROKEN)
    assert "more than once" in found.message


def test_the_test_in_flight_timed_out() -> None:
    stdout = Output(told(_ONE, {"kind": "start", "test": "t.py::two"}))
    found = report(stdout, "t.py::one", "t.py::two", "t.py::three", end=CommandEnd.TIMED_OUT, exit_code=None)
    assert found.state is ReportState.INTERRUPTED
    assert [result.outcome for result in found.results] == [Outcome.PASSED, Outcome.TIMED_OUT, Outcome.MISSING]


def test_nothing_to_run_is_no_tests() -> None:
    assert report(Output(told(final(0, 5))), exit_code=5).state is ReportState.NO_TESTS


def test_complaints_are_of_the_paths_given() -> None:
    text = "one.py:1:8: F401 unused\ntwo.py:1: error: no\n/src/one.py:3: error: bad  [x]\nFound 2 errors.\n"
    assert read_complaints("tool", text, frozenset({"one.py"})) == (
        QualityFinding("tool", "one.py", 1, "F401 unused"),
        QualityFinding("tool", "one.py", 3, "error: bad  [x]"),
    )
