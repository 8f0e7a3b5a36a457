"""How a command ends, for scripts: one table from verdicts and errors to exit codes."""

from enum import IntEnum
from typing import assert_never

from eaa.domain.errors import (
    ApprovalMissing,
    BranchTaken,
    BundleUnreadable,
    ConsentMissing,
    EaaError,
    EffectNotFound,
    EffectRefused,
    EnvironmentMissing,
    EvidenceUnreadable,
    InvalidRequest,
    RepositoryUnusable,
    RevisionNotFound,
    RunAlive,
    RunNotFound,
    RunPaused,
    RunStopped,
    TaskNotFound,
    UnsafeTree,
    WorkflowCancelled,
)
from eaa.domain.model_errors import BudgetExhausted
from eaa.domain.parked import LimitReached, ModelGaveUp, WorkParked
from eaa.domain.verdict import TaskVerdict


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    """Everything was shown or held."""
    FAULT = 1
    """Something of ours or of the machine failed."""
    USAGE = 2
    """What was asked for cannot be done as it was asked."""
    NOT_SHOWN = 3
    """Parts are not shown, or merely plausible."""
    WAITS = 4
    """A person has to decide or to say yes."""
    LIMIT = 5
    """A budget or a limit was reached."""
    NO_ENVIRONMENT = 6
    """The project's tests cannot be run here."""
    INTERRUPTED = 130
    """A person interrupted it; it can be resumed."""


_OF_ERRORS: dict[type[EaaError], ExitCode] = {
    EaaError: ExitCode.FAULT,
    InvalidRequest: ExitCode.USAGE,
    RepositoryUnusable: ExitCode.USAGE,
    RevisionNotFound: ExitCode.USAGE,
    UnsafeTree: ExitCode.USAGE,
    RunAlive: ExitCode.USAGE,
    RunNotFound: ExitCode.USAGE,
    RunStopped: ExitCode.NOT_SHOWN,
    RunPaused: ExitCode.INTERRUPTED,
    TaskNotFound: ExitCode.USAGE,
    EffectNotFound: ExitCode.USAGE,
    EvidenceUnreadable: ExitCode.USAGE,
    BundleUnreadable: ExitCode.USAGE,
    BudgetExhausted: ExitCode.LIMIT,
    ConsentMissing: ExitCode.WAITS,
    BranchTaken: ExitCode.WAITS,
    ApprovalMissing: ExitCode.WAITS,
    EffectRefused: ExitCode.WAITS,
    EnvironmentMissing: ExitCode.NO_ENVIRONMENT,
    WorkflowCancelled: ExitCode.INTERRUPTED,
    WorkParked: ExitCode.WAITS,
    LimitReached: ExitCode.LIMIT,
    ModelGaveUp: ExitCode.FAULT,
}


def exit_code_of_error(error: EaaError) -> ExitCode:
    """Return how a command ends that an error stopped; the nearest ancestor in the table decides."""
    return next(_OF_ERRORS[kind] for kind in type(error).__mro__ if kind in _OF_ERRORS)


def exit_code_of(verdict: TaskVerdict) -> ExitCode:
    """Return how a command ends that reached a verdict."""
    match verdict:
        case TaskVerdict.DONE | TaskVerdict.ALREADY_FIXED:
            return ExitCode.DONE
        case TaskVerdict.PARTLY | TaskVerdict.PLAUSIBLE | TaskVerdict.CANNOT_REPRODUCE | TaskVerdict.FAILED:
            return ExitCode.NOT_SHOWN
        case TaskVerdict.NEEDS_DECISION:
            return ExitCode.WAITS
        case TaskVerdict.ENVIRONMENT_MISSING:
            return ExitCode.NO_ENVIRONMENT
        case _:
            assert_never(verdict)
