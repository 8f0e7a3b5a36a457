"""How commands end."""

import pytest

from eaa.cli.exit_codes import exit_code_of, exit_code_of_error
from eaa.domain.errors import (
    BlobNotFound,
    ConsentMissing,
    DiskFull,
    EaaError,
    EnvironmentMissing,
    EvidenceUnreadable,
    InvalidRequest,
    RunAlive,
    RunPaused,
    RunStopped,
    SandboxUnavailable,
    WorkflowCancelled,
)
from eaa.domain.ids import RunId
from eaa.domain.model_errors import BudgetExhausted
from eaa.domain.verdict import TaskVerdict


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (TaskVerdict.DONE, 0),
        (TaskVerdict.ALREADY_FIXED, 0),
        (TaskVerdict.PARTLY, 3),
        (TaskVerdict.PLAUSIBLE, 3),
        (TaskVerdict.CANNOT_REPRODUCE, 3),
        (TaskVerdict.FAILED, 3),
        (TaskVerdict.NEEDS_DECISION, 4),
        (TaskVerdict.ENVIRONMENT_MISSING, 6),
    ],
)
def test_every_verdict_has_its_code(verdict: TaskVerdict, code: int) -> None:
    assert exit_code_of(verdict) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BudgetExhausted(scope="run run_1", room=0, needed=1, unit="micro-dollars"), 5),
        (SandboxUnavailable(because="x"), 1),
        (DiskFull(path="x"), 1),
        (BlobNotFound(blob_id="x"), 1),
        (InvalidRequest("x"), 2),
        (RunStopped(run_id=RunId("run_x")), 3),
        (RunPaused(run_id=RunId("run_x")), 130),
        (RunAlive(run_id=RunId("run_x")), 2),
        (EvidenceUnreadable("x"), 2),
        (ConsentMissing(recipe="x"), 4),
        (EnvironmentMissing(because="x", hint="x"), 6),
        (WorkflowCancelled("x"), 130),
    ],
)
def test_every_error_has_its_code(error: EaaError, code: int) -> None:
    assert exit_code_of_error(error) == code


def test_an_error_nobody_thought_of_ends_as_its_ancestor_does() -> None:
    class StrangeRequest(InvalidRequest):
        """Says more than its parent."""

    assert exit_code_of_error(StrangeRequest("x")) == 2
