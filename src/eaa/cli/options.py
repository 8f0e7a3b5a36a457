"""What a person asked of a command, as values the commands pass on."""

from dataclasses import dataclass
from pathlib import Path

from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.trial import Arm


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """`eaa run`."""

    request: str
    """The issue's text, the path of a Markdown file, or the address of an issue."""
    repo: str = "."
    """A folder or a URL."""
    base: str | None = None
    """None is the checkout's head, or a URL's default branch."""
    kind: Kind | None = None
    """None reads it out of the text."""
    is_offline: bool = False
    """No model, no code host: nothing leaves the machine."""
    stops_at_plan: bool = False
    """`--plan`."""
    budget_usd: float = 2.0
    """The most that models may cost."""
    wants_pull_request: bool = False
    has_consent_to_push: bool = False
    """`--approve-push`: what the run makes may be pushed and proposed even when the request is not a member's."""
    test_command: str | None = None
    setup_command: str | None = None
    python: str | None = None
    """Path of an interpreter that has what the tests need."""
    has_consent: bool = False
    """`--yes`: packages may be installed, and a run of a dead process is gone on with, without asking."""
    is_unsafe: bool = False
    """`--unsafe-no-sandbox`."""
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeOptions:
    """`eaa resume`."""

    run: str | None = None
    """None goes on with the newest run that was interrupted."""
    budget_usd: float | None = None
    """The most that models may cost in all; None leaves the limit as it is."""
    approved: str | None = None
    """The beginning of the commit that may be pushed and proposed."""
    is_queued: bool = False
    """`--queue`: a dispatcher goes on with it, not this process."""
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveOptions:
    """`eaa prove`."""

    change: str
    """A branch, tag or commit of the repository, or the address of a pull request."""
    repo: str = "."
    base: str | None = None
    """None is the default branch."""
    issue: str | None = None
    """The issue's text, or the path of a file with it."""
    kind: Kind | None = None
    test_command: str | None = None
    setup_command: str | None = None
    python: str | None = None
    has_consent: bool = False
    is_unsafe: bool = False
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """`eaa verify`."""

    evidence: str
    """Path of an `evidence.json`, or a run's id."""
    repo: str = "."
    python: str | None = None
    is_trusted: bool = False
    """`--trust`: commands that only the file names may run, still in the sandbox."""
    has_consent: bool = False
    is_unsafe: bool = False
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """`eaa export`."""

    run: str
    file: Path | None = None
    """None: named for the run, in the current folder."""
    is_without_repository: bool = False
    """`--without-repository`: the record alone."""
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """`eaa replay`."""

    source: str
    """A run's id, or the path of a bundle."""
    step: str | None = None
    """`--from`: where the work begins; what lies before is taken from the record."""
    model: str | None = None
    """`--model`: another model works on from there, in a new run."""
    repo: str | None = None
    """Where the base commit is; None: where the record says, or in the bundle."""
    python: str | None = None
    budget_usd: float = 2.0
    """Of a new run."""
    has_consent: bool = False
    is_unsafe: bool = False
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """`eaa check`."""

    repo: str = "."
    python: str | None = None
    test_command: str | None = None
    setup_command: str | None = None
    limit_s: float = 25.0
    """For all runs of the tests together."""
    has_consent: bool = False
    is_unsafe: bool = False
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanOptions:
    """`eaa clean`."""

    is_thorough: bool = False
    """`--yes`: environments and mirrors too, which cost time or network to make again."""
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairBenchOptions:
    """`eaa bench repair`."""

    programs: Path
    budget_s: float = 30.0
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksBenchOptions:
    """`eaa bench tasks`."""

    folder: Path | None = None
    """Of tasks; either this or `instances`."""
    instances: Path | None = None
    """A file in SWE-bench's form."""
    repositories: Path | None = None
    """Where the repositories of the instances are."""
    model: str | None = None
    """None is the default model of the settings."""
    arms: tuple[Arm, ...] = tuple(Arm)
    limit: int | None = None
    seed: int | None = None
    """None keeps the order given."""
    at_once: int = 1
    budget_usd: float = 2.0
    """The most that models may cost in one trial."""
    results: Path | None = None
    python: str | None = None
    has_consent: bool = False
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOptions:
    """`eaa mcp pin`."""

    server: str
    has_consent: bool = False
    """`--yes`: what the server says now is let pass."""
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOptions:
    """`eaa mcp`: what other programs may ask for."""

    origin: Origin = Origin.MACHINE
    """Of every text that comes through."""
    repositories: tuple[str, ...] = ()
    """The only ones that work may be asked for; empty allows any."""
    budget_usd: float = 2.0
    """The most that the models of one run may cost."""
    test_command: str | None = None
    python: str | None = None
    has_consent: bool = False
