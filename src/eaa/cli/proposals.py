"""What `--pull-request` means for a repository: where the branch is pushed and the pull request opened."""

from dataclasses import replace

from eaa.adapters.github.site import GithubSite
from eaa.cli.options import RunOptions
from eaa.cli.requests import is_address
from eaa.domain.errors import InvalidRequest
from eaa.domain.repository import CheckoutState, Repository
from eaa.engine.tools import Tools
from eaa.engine.workflows.order import Proposal


def refuse_contradictions(options: RunOptions, site: GithubSite) -> None:
    """Refuse what cannot work before anything is begun.

    Raises:
        InvalidRequest: It wants the code host and no code host, or a pull request without a token.
    """
    if options.is_offline and (options.wants_pull_request or is_address(options.request)):
        raise InvalidRequest("`--offline` means no code host", hint="Leave it out to use the code host.")
    if options.wants_pull_request and site.token is None:
        raise InvalidRequest(
            "a pull request needs a token, and there is none",
            hint="Set EAA_GITHUB_TOKEN to one with write access to contents and pull requests, or leave out "
            "`--pull-request`: the branch and the pull request's text are made without it.",
        )


async def find_proposal(
    options: RunOptions, repository: Repository, state: CheckoutState | None, *, tools: Tools, site: GithubSite
) -> Proposal:
    """Return where the change of a repository is proposed, and see that it can be.

    Args:
        options: What the person asked for.
        repository: The repository the work happens in.
        state: Of the folder, when the repository is one.
        tools: To look at the code host's repository.
        site: The code host.

    Raises:
        InvalidRequest: The repository is not on the code host, or has no such branch there.
        RepositoryUnusable: The code host's repository cannot be read.
    """
    address = repository.source if state is None else state.origin
    name = site.repository_of(address) if address is not None else None
    if name is None:
        what = f"{repository.source} is" if state is None else f"the remote `origin` of {state.path} is"
        raise InvalidRequest(
            f"{what} not on {site.web_url}, so no pull request can be opened",
            hint="Give the repository's address with `--repo`; for GitHub Enterprise set EAA_GITHUB_API_URL.",
        )
    current = state.branch if state is not None else None
    base = options.base or current or repository.default_branch
    branch = base.removeprefix("refs/heads/").removeprefix("origin/")
    clone = site.clone_address(name)
    if await tools.repositories.published(replace(repository, source=clone), branch) is None:
        raise InvalidRequest(
            f"there is no branch {branch} in {clone} that a pull request could be for",
            hint="Push it, or name one that is there with `--base`.",
        )
    return Proposal(repository=name, address=clone, base_branch=branch)
