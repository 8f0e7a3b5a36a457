"""Everything raised on purpose. A stable dotted code, the facts as attributes, a hint for the person."""

from typing import ClassVar

from eaa.domain.ids import CommitId, EffectId, EventId, RoleCallId, RunId, TaskId


class EaaError(Exception):
    """A fact that stops an operation. `str()` says what happened, `hint` what to do next."""

    code: ClassVar[str] = "fault"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InvalidRequest(EaaError):
    """What a person gave cannot be used as it is."""

    code = "request.invalid"


class RepositoryUnusable(EaaError):
    """There is no usable git repository at the source."""

    code = "repository.unusable"

    def __init__(self, *, source: str, because: str, hint: str) -> None:
        super().__init__(f"{source}: {because}", hint=hint)
        self.source = source


class RevisionNotFound(EaaError):
    """A branch, tag or commit does not exist in the repository."""

    code = "repository.revision_not_found"

    def __init__(self, *, revision: str) -> None:
        super().__init__(f"no commit is called {revision!r}", hint="Name an existing branch, tag or commit.")
        self.revision = revision


class CommitPackUnusable(EaaError):
    """A commit that another host left in the database cannot be taken into this host's mirror."""

    code = "repository.pack_unusable"

    def __init__(self, *, commit: CommitId, because: str) -> None:
        super().__init__(
            f"commit {commit[:12]} of another host cannot be used: {because}",
            hint="Ask for the work anew, from the repository's address; the database may be damaged.",
        )
        self.commit = commit
        self.because = because


class FileNotInCommit(EaaError):
    """A commit holds no regular file at a path."""

    code = "repository.file_not_found"

    def __init__(self, *, path: str, commit: CommitId) -> None:
        super().__init__(f"{path} is not a file in commit {commit[:12]}")
        self.path = path
        self.commit = commit


class UnsafeTree(EaaError):
    """A tree or patch holds something that is never let across the border: a gitlink, a `.git`, a path outside."""

    code = "repository.unsafe_tree"

    def __init__(self, *, path: str, because: str) -> None:
        super().__init__(f"refused {path!r}: {because}", hint="Remove it from the change, or handle it by hand.")
        self.path = path


class BranchTaken(EaaError):
    """The branch to publish exists and points elsewhere; it is never moved by force."""

    code = "repository.branch_taken"

    def __init__(self, *, branch: str, commit: CommitId) -> None:
        super().__init__(
            f"branch {branch} already exists at {commit[:12]}",
            hint="Delete or rename that branch, then `eaa resume`.",
        )
        self.branch = branch
        self.commit = commit


class ApprovalMissing(EaaError):
    """A write to the outside needs a person's yes, by the origin of the request or because it edits CI."""

    code = "effect.approval_missing"

    def __init__(self, *, kind: str, run_id: RunId, commit: CommitId, because: str) -> None:
        super().__init__(
            f"{kind}: {because}, so a person has to approve commit {commit[:12]} first",
            hint=f"Read it (`git show` or the evidence), then `eaa resume {run_id} --approve {commit[:12]}`.",
        )
        self.kind = kind
        self.run_id = run_id
        self.commit = commit


class EffectRefused(EaaError):
    """A write to the outside that a run of this origin may never do."""

    code = "effect.refused"

    def __init__(self, *, kind: str, because: str) -> None:
        super().__init__(
            f"{kind}: refused, because {because}",
            hint='Nothing was written. When you want this change, ask for it in your own words: `eaa run "…"`.',
        )
        self.kind = kind


class SandboxUnavailable(EaaError):
    """No sandbox works on this machine."""

    code = "sandbox.unavailable"

    def __init__(self, *, because: str) -> None:
        super().__init__(f"no working sandbox: {because}", hint="Run `eaa doctor`; it says what to install or allow.")


class EnvironmentMissing(EaaError):
    """The project's tests cannot be run here."""

    code = "environment.missing"

    def __init__(self, *, because: str, hint: str) -> None:
        super().__init__(f"the project's environment cannot be built: {because}", hint=hint)


class TestsCannotStart(EnvironmentMissing):
    """There is an environment, and the project's tests do not even begin in it."""

    __test__ = False
    code = "environment.tests_cannot_start"

    def __init__(self, *, fault: str) -> None:
        EaaError.__init__(self, fault, hint="`eaa check` shows whether they start; it changes nothing.")


class ConsentMissing(EaaError):
    """Packages would have to be installed and nobody has said yes."""

    code = "environment.consent_missing"

    def __init__(self, *, recipe: str) -> None:
        super().__init__(
            f"building the environment installs packages: `{recipe}`",
            hint="Say yes with `--yes`, or give `--python PATH` of an environment that has them.",
        )
        self.recipe = recipe


class TaskNotFound(EaaError):
    """No task has this id."""

    code = "task.not_found"

    def __init__(self, *, task_id: TaskId) -> None:
        super().__init__(f"no task is called {task_id}", hint="`eaa task list` shows the newest ones.")
        self.task_id = task_id


class RunNotFound(EaaError):
    """No run has this id."""

    code = "run.not_found"

    def __init__(self, *, run_id: RunId) -> None:
        super().__init__(f"no run is called {run_id}", hint="`eaa task list` shows the newest ones.")
        self.run_id = run_id


class EventNotFound(EaaError):
    """No event is known under an id."""

    code = "event.not_found"

    def __init__(self, *, event_id: EventId) -> None:
        super().__init__(f"no event {event_id}", hint="GET /v1/events lists them.")
        self.event_id = event_id


class EffectNotFound(EaaError):
    """No effect has this id."""

    code = "effect.not_found"

    def __init__(self, *, effect_id: EffectId) -> None:
        super().__init__(f"no effect is called {effect_id}", hint="`eaa effects list` shows the newest ones.")
        self.effect_id = effect_id


class RoleCallNotFound(EaaError):
    """No call of a role has this id."""

    code = "role_call.not_found"

    def __init__(self, *, call_id: RoleCallId) -> None:
        super().__init__(f"no call of a role is called {call_id}")
        self.call_id = call_id


class RunFenced(EaaError):
    """Another process took the run over; this one may not write to it any more."""

    code = "run.fenced"

    def __init__(self, *, run_id: RunId, generation: int) -> None:
        super().__init__(f"run {run_id} was taken over by another process (ours was generation {generation})")
        self.run_id = run_id
        self.generation = generation


class TranscriptForked(EaaError):
    """Somebody else wrote to the same conversation."""

    code = "transcript.forked"

    def __init__(self, *, run_id: RunId, context: str, sequence: int) -> None:
        super().__init__(f"entry {sequence} of the conversation {context!r} of {run_id} is written already")
        self.run_id = run_id
        self.context = context
        self.sequence = sequence


class RunAlive(EaaError):
    """The same task is being worked on by a live process."""

    code = "run.alive"

    def __init__(self, *, run_id: RunId) -> None:
        super().__init__(f"run {run_id} is working on this task", hint=f"Wait for it, or end it: `eaa stop {run_id}`.")
        self.run_id = run_id


class RunStopped(EaaError):
    """A person stopped the run for good."""

    code = "run.stopped"

    def __init__(self, *, run_id: RunId, outside: str = "") -> None:
        super().__init__(
            f"run {run_id} was stopped by a person{f'; {outside}' if outside else ''}",
            hint="It stays stopped. `eaa run` with the same request begins anew.",
        )
        self.run_id = run_id
        self.outside = outside


class RunPaused(EaaError):
    """A person paused the run; it waits."""

    code = "run.paused"

    def __init__(self, *, run_id: RunId, outside: str = "") -> None:
        super().__init__(
            f"run {run_id} was paused by a person{f'; {outside}' if outside else ''}",
            hint=f"Go on with `eaa resume {run_id}`: nothing that is done is done again.",
        )
        self.run_id = run_id
        self.outside = outside


class SlotTaken(EaaError):
    """Another live process holds this executor slot."""

    code = "slot.taken"

    def __init__(self, *, slot: str) -> None:
        super().__init__(f"slot {slot} is held by a live process")
        self.slot = slot


class BlobNotFound(EaaError):
    """Nothing is stored under a content address."""

    code = "blob.not_found"

    def __init__(self, *, blob_id: str) -> None:
        super().__init__(f"no content is stored under {blob_id}")
        self.blob_id = blob_id


class BlobCorrupt(EaaError):
    """Stored bytes do not have the hash they are stored under."""

    code = "blob.corrupt"

    def __init__(self, *, blob_id: str) -> None:
        super().__init__(f"the content stored under {blob_id} has another hash", hint="Restore it from a backup.")
        self.blob_id = blob_id


class DatabaseTooNew(EaaError):
    """The database was written by a newer version."""

    code = "database.too_new"

    def __init__(self, *, revision: str) -> None:
        super().__init__(
            f"the database has revision {revision}, which this version does not know",
            hint="Upgrade eaa, or use another EAA_HOME.",
        )
        self.revision = revision


class DatabaseUnreachable(EaaError):
    """The database could not be reached, or stayed locked by another writer for too long."""

    code = "database.unreachable"

    def __init__(self, *, database: str, because: str) -> None:
        super().__init__(
            f"the database {database} does not answer: {because}", hint="Try again; `eaa doctor` says more."
        )
        self.database = database


class DiskFull(EaaError):
    """There is no room left to write."""

    code = "disk.full"

    def __init__(self, *, path: str) -> None:
        super().__init__(
            f"no space left on the disk of {path}",
            hint="Free some space (`eaa clean` helps), then `eaa resume`.",
        )


class MasterKeyUnusable(EaaError):
    """What is kept encrypted cannot be opened, or nothing can be encrypted."""

    code = "secrets.master_key_unusable"


class CodeHostUnreachable(EaaError):
    """The code host did not answer, or not in a way we can use; trying again may help."""

    code = "code_host.unreachable"


class CodeHostRefused(EaaError):
    """The code host said no: a bad token, a missing permission, an invalid request."""

    code = "code_host.refused"


class EvidenceUnreadable(EaaError):
    """A file given as evidence is not evidence."""

    code = "evidence.unreadable"


class BundleUnreadable(EaaError):
    """A file given as the record of a run is none, or none that may be used."""

    code = "bundle.unreadable"


class ToolRefused(EaaError):
    """A tool will not do what a model asked of it; the words are the model's answer."""

    code = "tool.refused"


class WorkflowCancelled(EaaError):
    """The run was cancelled while it worked."""

    code = "workflow.cancelled"


class ArtefactInvalid(EaaError):
    """What a role left does not hold together, or contradicts the facts of its brief."""

    code = "artefact.invalid"

    def __init__(self, *, artefact: str, because: str) -> None:
        super().__init__(f"the {artefact} was refused: {because}", hint="This is a fault of ours; please report it.")
        self.artefact = artefact
        self.because = because
