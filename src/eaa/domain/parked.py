"""Why a run with a model waits. Everything it has done is kept; each error says the one way to go on."""

from eaa.domain.errors import EaaError
from eaa.domain.ids import RunId


class WorkParked(EaaError):
    """A model's work ended before it was done."""

    code = "run.parked"

    def __init__(self, message: str, *, run_id: RunId, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.run_id = run_id


class RunCrashes(WorkParked):
    """Processes that worked on the run were gone again and again, and it got no further."""

    code = "run.crashes"

    def __init__(self, *, run_id: RunId, times: int) -> None:
        super().__init__(
            f"{times} processes in a row were gone while they worked on the same step",
            run_id=run_id,
            hint=f"Their logs may say why; `eaa resume {run_id} --queue` tries it again.",
        )


class PersonAsked(WorkParked):
    """Only a person can decide what the model asks."""

    code = "run.asks"

    def __init__(self, *, run_id: RunId, question: str, options: tuple[str, ...] = ()) -> None:
        offered = f" ({' | '.join(options)})" if options else ""
        super().__init__(
            f"the model asks: {question}{offered}",
            run_id=run_id,
            hint=f'Answer with `eaa say {run_id} "…"`.',
        )
        self.question = question
        self.options = options


class LimitReached(WorkParked):
    """A limit of the run was reached."""

    code = "run.limit"

    def __init__(self, *, run_id: RunId, limit: str, is_granted_again: bool = False) -> None:
        how = "Going on grants as much again." if is_granted_again else "Raise it with `eaa resume --budget-usd N`."
        super().__init__(f"the run has reached its limit: {limit}", run_id=run_id, hint=how)
        self.limit = limit


class ModelStuck(WorkParked):
    """The model goes round in circles."""

    code = "run.stuck"

    def __init__(self, *, run_id: RunId, because: str) -> None:
        super().__init__(
            f"the model does not get on: {because}",
            run_id=run_id,
            hint=f'Tell it what it misses with `eaa say {run_id} "…"`.',
        )
        self.because = because


class ModelGaveUp(WorkParked):
    """No model answered, or it declined."""

    code = "run.model_fault"

    def __init__(self, *, run_id: RunId, because: str) -> None:
        super().__init__(
            f"the model gave no answer: {because}", run_id=run_id, hint="`eaa models test` says which models answer."
        )
        self.because = because


class WorkspaceTaken(WorkParked):
    """A person has the workspace, so nobody else works on it."""

    code = "run.taken"

    def __init__(self, *, run_id: RunId, who: str, folder: str) -> None:
        super().__init__(
            f"{who} has the workspace of run {run_id}, in {folder}",
            run_id=run_id,
            hint=f"Give it back with `eaa task hand-back {run_id}` (or `--unchanged`, when the folder is gone).",
        )
        self.who = who
        self.folder = folder


class PlanWaits(WorkParked):
    """A person wants to say yes to the plan first."""

    code = "run.plan_waits"

    def __init__(self, *, run_id: RunId, plan: str, subject_sha256: str) -> None:
        super().__init__(
            f"the plan waits for a person\n{plan}", run_id=run_id, hint=f"Say yes with `eaa task approve {run_id}`."
        )
        self.plan = plan
        self.subject_sha256 = subject_sha256
