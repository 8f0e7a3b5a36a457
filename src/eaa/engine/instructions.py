"""Instruction files of a repository: what its authors tell people and agents. Untrusted; they may only narrow."""

from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import CommitId
from eaa.domain.project import Finding
from eaa.domain.repository import Repository
from eaa.kit.bounded import bound_text
from eaa.ports.repositories import Repositories

INSTRUCTION_PATHS = (
    "AGENTS.md",
    "CLAUDE.md",
    ".github/copilot-instructions.md",
    ".cursorrules",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
    "CONTRIBUTING.rst",
)
INSTRUCTION_CHARACTERS = 4_000


async def read_instructions(
    repositories: Repositories, repository: Repository, commit: CommitId
) -> tuple[Finding, ...]:
    """Return the instruction files of a commit, the most specific first, each bounded to INSTRUCTION_CHARACTERS."""
    found = []
    for path in INSTRUCTION_PATHS:
        try:
            content = await repositories.read_file(repository, commit, path, limit_bytes=4 * INSTRUCTION_CHARACTERS)
        except FileNotInCommit:
            continue
        text = bound_text(content.decode(errors="replace"), limit_characters=INSTRUCTION_CHARACTERS)
        found.append(Finding(value=text, path=path))
    return tuple(found)
