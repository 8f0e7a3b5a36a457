"""What `--pull-request` means for a repository."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from eaa.adapters.github.site import GithubSite
from eaa.cli.options import RunOptions
from eaa.cli.proposals import find_proposal
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import CommitId
from eaa.domain.repository import CheckoutState
from eaa.engine.workflows.order import Proposal
from tests.support.flow_world import FlowWorld
from tests.support.role_world import RoleWorld
from tests.support.tiny_world import REPOSITORY

SITE = GithubSite(api_url="https://api.github.com", token="s3cret")
SHOP = "https://github.com/octo/shop.git"
THERE = {"main": CommitId("a" * 40), "dev": CommitId("b" * 40)}
CLONE = CheckoutState(
    path="/srv/shop",
    branch="dev",
    head=CommitId("b" * 40),
    is_bare=False,
    is_shallow=False,
    dirty_paths=(),
    submodules=(),
    lfs_pointers=(),
    origin="git@github.com:octo/shop.git",
)
ASKED = RunOptions(request="Fix it", wants_pull_request=True)


async def found(
    options: RunOptions, state: CheckoutState | None, *, branches: Mapping[str, CommitId] = THERE
) -> Proposal:
    """Return the proposal when the code host's repository has these branches."""
    repositories = FlowWorld().repositories
    repositories.branches = {(SHOP, name): commit for name, commit in branches.items()}
    tools = RoleWorld(repositories=repositories).tools()
    source = SHOP if state is None else state.path
    repository = replace(REPOSITORY, source=source, default_branch="main")
    return await find_proposal(options, repository, state, tools=tools, site=SITE)


@pytest.mark.parametrize(
    ("options", "state", "branch"),
    [
        (ASKED, None, "main"),
        (ASKED, CLONE, "dev"),
        (ASKED, replace(CLONE, branch=None), "main"),
        (replace(ASKED, base="origin/main"), CLONE, "main"),
        (replace(ASKED, base="refs/heads/dev"), None, "dev"),
    ],
    ids=["address", "clone", "detached", "base of the remote", "full name"],
)
async def test_it_goes_to_the_branch_that_the_work_starts_from(
    options: RunOptions, state: CheckoutState | None, branch: str
) -> None:
    assert await found(options, state) == Proposal("octo/shop", SHOP, branch)


@pytest.mark.parametrize("origin", [None, "git@gitlab.com:octo/shop.git", "/srv/other"])
async def test_a_clone_of_another_place_is_refused(origin: str | None) -> None:
    with pytest.raises(InvalidRequest, match=r"not on https://github\.com") as caught:
        await found(ASKED, replace(CLONE, origin=origin))

    assert "`--repo`" in caught.value.hint


async def test_a_branch_that_is_not_there_yet_is_refused_before_the_work() -> None:
    with pytest.raises(InvalidRequest, match="no branch dev in") as caught:
        await found(ASKED, CLONE, branches={"main": CommitId("a" * 40)})

    assert "Push it" in caught.value.hint
