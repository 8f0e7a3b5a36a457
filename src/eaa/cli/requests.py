"""Turns what a person typed into a request: the issue's text, the repository, the environment."""

from pathlib import Path

from eaa.domain.environment import Consent, EnvironmentRequest
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import CommitId
from eaa.domain.repository import CheckoutState, Repository
from eaa.engine.sources import open_source
from eaa.engine.tools import Tools
from eaa.wiring.issues import TEXT_LIMIT_BYTES, Issue, usable


def is_address(request: str) -> bool:
    """Say whether a request is nothing but a web address."""
    return request.startswith(("http://", "https://")) and len(request.split()) == 1


def read_issue(request: str) -> Issue:
    """Return the issue a person named: a text, or the path of a file.

    Raises:
        InvalidRequest: It is empty, too large, or a file that cannot be read.
    """
    is_file = len(request) < 1_000 and "\n" not in request and request.endswith((".md", ".txt"))
    issue = (
        Issue(text=_content(Path(request)), source=Path(request).name) if is_file else Issue(request, "command line")
    )
    return usable(issue)


def environment_request(
    *, python: str | None, test_command: str | None = None, setup_command: str | None = None, has_consent: bool
) -> EnvironmentRequest:
    """Return what a person said about the environment; paths are made absolute."""
    return EnvironmentRequest(
        setup_command=setup_command,
        test_command=test_command,
        interpreter=str(Path(python).expanduser().absolute()) if python else None,
        consent=Consent.GIVEN if has_consent else Consent.NOT_GIVEN,
    )


async def open_repository(
    repo: str, base: str | None, *, tools: Tools
) -> tuple[Repository, CommitId, CheckoutState | None]:
    """Return the repository, the commit to start from, and the state of the folder when it is one.

    Raises:
        RepositoryUnusable: There is no repository, or no commit in it yet.
        RevisionNotFound: The base does not exist.
    """
    return await open_source(repo, base, repositories=tools.repositories)


def remarks(state: CheckoutState | None) -> tuple[str, ...]:
    """Return what a person should know about the folder they pointed at."""
    if state is None:
        return ()
    lines = []
    if state.dirty_paths:
        lines.append(f"{len(state.dirty_paths)} uncommitted changes are left out: the work starts from the commit")
    if state.branch is None and not state.is_bare:
        lines.append("the head is detached; the work starts from that commit")
    if state.is_shallow:
        lines.append("a shallow clone: history-based facts are incomplete")
    if state.submodules:
        lines.append(f"submodules stay empty folders: {', '.join(state.submodules[:3])}")
    if state.lfs_pointers:
        lines.append("large files (LFS) are pointers only here")
    return tuple(lines)


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(TEXT_LIMIT_BYTES + 1).decode(errors="replace")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror}", hint="Name a readable file.") from error
