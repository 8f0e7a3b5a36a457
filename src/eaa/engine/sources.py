"""Where work starts: a repository by the name that somebody gave it, and one commit of it."""

from pathlib import Path

from eaa.domain.errors import RepositoryUnusable
from eaa.domain.ids import CommitId
from eaa.domain.repository import CheckoutState, Repository
from eaa.ports.repositories import Repositories


async def open_source(
    repo: str, base: str | None, *, repositories: Repositories
) -> tuple[Repository, CommitId, CheckoutState | None]:
    """Return the repository, the commit to start from, and the state of the folder when it is one.

    Args:
        repo: A folder or an address.
        base: A revision; None is the checkout's head, or the default branch of an address.
        repositories: Opens it.

    Raises:
        RepositoryUnusable: There is no repository, or no commit in it yet.
        RevisionNotFound: The base does not exist.
    """
    if "://" in repo:
        repository = await repositories.open(repo)
        found = await repositories.resolve(repository, base or repository.default_branch)
        return repository, found.id, None
    state = await repositories.inspect(Path(repo))
    if state.head is None and base is None:
        raise RepositoryUnusable(source=repo, because="it has no commit yet", hint="Commit something first.")
    repository = await repositories.open(state.path)
    revision = base or state.head
    assert revision is not None
    found = await repositories.resolve(repository, revision)
    await repositories.keep(repository, found.id)
    return repository, found.id, state
