"""Finds the change that `eaa prove` is asked about: a branch of a repository, or a pull request by its address."""

from dataclasses import dataclass, replace
from pathlib import Path

from eaa.adapters.github.site import GithubSite, Place
from eaa.cli.options import ProveOptions
from eaa.cli.requests import is_address, open_repository, read_issue
from eaa.domain.errors import RepositoryUnusable, RevisionNotFound
from eaa.domain.ids import CommitId
from eaa.domain.origin import Origin
from eaa.domain.repository import CheckoutState, Repository
from eaa.engine.tools import Tools
from eaa.ports.code_host import ProposedChange


@dataclass(frozen=True, slots=True)
class FoundChange:
    """A change, and what it is meant to do."""

    repository: Repository
    base: CommitId
    """The last commit that it has in common with where it should go."""
    head: CommitId
    issue: str | None
    origin: Origin
    """Of the issue."""
    state: CheckoutState | None
    """Of the folder it was found in."""


async def find_change(options: ProveOptions, *, tools: Tools, site: GithubSite) -> FoundChange:
    """Return the change.

    Raises:
        InvalidRequest: The address is of another host or of no pull request, or the issue cannot be read.
        RepositoryUnusable: There is no repository to find it in.
        RevisionNotFound: It is not there.
        CodeHostUnreachable: The host gave no usable answer.
        CodeHostRefused: The host said no.
    """
    issue = read_issue(options.issue).text if options.issue else None
    if is_address(options.change):
        return await _pull_request(site.pull_request_of(options.change), issue, options, tools=tools, site=site)
    repository, _, state = await open_repository(site.cloneable(options.repo), None, tools=tools)
    head = (await tools.repositories.resolve(repository, options.change)).id
    start = await tools.repositories.resolve(repository, options.base or repository.default_branch)
    base = await tools.repositories.merge_base(repository, start.id, head)
    return FoundChange(repository, base, head, issue, Origin.OUTSIDE_CONTRIBUTOR, state)


async def _pull_request(
    place: Place, issue: str | None, options: ProveOptions, *, tools: Tools, site: GithubSite
) -> FoundChange:
    async with site.open(place.repository) as host:
        proposed = await host.read_pull_request(place.number)
    repository, state = await _repository_of(place, options.repo, tools=tools, site=site)
    there = replace(repository, source=site.clone_address(place.repository))
    head = await tools.repositories.fetch(there, proposed.reference)
    base = await tools.repositories.merge_base(repository, await _start(proposed, options, there, tools), head)
    text = f"{proposed.title}\n\n{proposed.body}".replace("\r\n", "\n")
    # What the person here says about the change is not the author's word.
    origin = proposed.origin if issue is None else Origin.OUTSIDE_CONTRIBUTOR
    return FoundChange(repository, base, head, issue or text, origin, state)


async def _start(proposed: ProposedChange, options: ProveOptions, there: Repository, tools: Tools) -> CommitId:
    """Return the commit the change should go on top of: where the host compared, or else where the branch is now."""
    if options.base is not None:
        return (await tools.repositories.resolve(there, options.base)).id
    try:
        branch = await tools.repositories.fetch(there, f"refs/heads/{proposed.base_branch}")
    except RevisionNotFound:
        branch = proposed.base
    try:
        return (await tools.repositories.resolve(there, proposed.base)).id
    except RevisionNotFound:
        return branch


async def _repository_of(
    place: Place, repo: str, *, tools: Tools, site: GithubSite
) -> tuple[Repository, CheckoutState | None]:
    """Return the person's clone of the pull request's repository when `repo` is one: its environment is there too."""
    try:
        state = None if "://" in repo else await tools.repositories.inspect(Path(repo))
    except RepositoryUnusable:
        state = None
    if state is not None and state.origin is not None and site.repository_of(state.origin) == place.repository:
        return await tools.repositories.open(state.path), state
    return await tools.repositories.open(site.clone_address(place.repository)), None
