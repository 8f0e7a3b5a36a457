"""What a fixer proposes for failing tests."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.environment import Environment
from eaa.domain.ids import TestId
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileChange
from eaa.domain.workspace import Workspace


class Confidence(StrEnum):
    """How far a proposal can be trusted before a person has read it."""

    HIGH = "high"
    """Two failing or three covering passing tests, one edit, one behaviour cluster, the suite green twice."""
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A line that the failing tests point to."""

    path: str
    line: int
    suspiciousness: float
    """Ochiai, 0 to 1."""
    symbol: str | None = None
    """Qualified name of the function or class around it."""


@dataclass(frozen=True, slots=True)
class FixRequest:
    """Failing tests to turn green without breaking the passing ones."""

    workspace: Workspace
    """A checkout that already contains the failing tests."""
    environment: Environment
    suite: TestSuite
    failing: tuple[TestId, ...]
    passing: tuple[TestId, ...]
    """Tests that must stay green, stable ones only."""
    suspect_paths: tuple[str, ...]
    """Source files that may be edited, most suspicious first."""
    budget_s: float = 60.0
    processes: int = 2


@dataclass(frozen=True, slots=True)
class Fix:
    """One candidate that turned the failing tests green and kept the others."""

    changes: tuple[FileChange, ...]
    diff: str
    """Unified diff of the changes, for people."""
    operator: str
    """What was done, such as `comparison operator` or `argument swapped`."""
    confidence: Confidence
    reasons: tuple[str, ...]
    """Why it is, or is not, of high confidence; one sentence each."""


@dataclass(frozen=True, slots=True)
class FixResult:
    """Everything a fixer found inside its budget."""

    fixes: tuple[Fix, ...]
    """Best first; empty when nothing passed. Members with equal behaviour are listed once."""
    suspects: tuple[Suspect, ...]
    """Localisation, most suspicious first, at most 30."""
    distinguishing_input: str | None
    """A call on which the two best fixes answer differently, with both answers, for a person to choose."""
    candidates_tried: int
    seconds: float
    note: str = ""
    """Why there is no fix, when there is none."""
