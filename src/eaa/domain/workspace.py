"""A throw-away checkout in which untrusted code runs."""

from dataclasses import dataclass
from pathlib import Path

from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository


@dataclass(frozen=True, slots=True)
class Workspace:
    """A clone without remotes at one commit. Only the sandbox runs anything in it."""

    root: Path
    repository: Repository
    commit: CommitId
