"""Instruction files of a repository: what its authors tell people and agents. Untrusted; they may only narrow."""

from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import CommitId
from eaa.domain.project import Finding
from eaa.domain.repository import Repository
from eaa.kit.bounded import bound_text
from eaa.kit.hidden_text import without_hidden
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
    """Return the instruction files of a commit, the most specific first, each bounded to INSTRUCTION_CHARACTERS.

    They are as a reader sees them; a last line says what was hidden in one.
    """
    found = []
    for path in INSTRUCTION_PATHS:
        try:
            content = await repositories.read_file(repository, commit, path, limit_bytes=4 * INSTRUCTION_CHARACTERS)
        except FileNotInCommit:
            continue
        seen = without_hidden(content.decode(errors="replace"))
        text = bound_text(seen.text, limit_characters=INSTRUCTION_CHARACTERS)
        remark = f"\n({seen.remark})" if seen.remark else ""
        found.append(Finding(value=f"{text.rstrip()}{remark}" if remark else text, path=path))
    return tuple(found)
