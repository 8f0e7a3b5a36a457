"""The writes to the outside that a change makes: its branch, and the pull request when one is wanted."""

from dataclasses import replace

from eaa.domain.artefact import Change, PullRequestText
from eaa.domain.effect import EffectKind
from eaa.domain.repository import Repository
from eaa.domain.run import Run
from eaa.engine.effects import Write, perform
from eaa.engine.journal import Desk
from eaa.engine.tools import Tools
from eaa.engine.workflows.order import Proposal
from eaa.kit.bounded import bound_text
from eaa.ports.code_host import CodeHosts, PullRequest

_TITLE_CHARACTERS = 250
_BODY_CHARACTERS = 60_000
"""GitHub takes 256 and 65,536."""


async def publish_branch(change: Change, *, repository: Repository, run: Run, desk: Desk, tools: Tools) -> str:
    """Create the change's branch in the source, once, and return its name.

    Raises:
        BranchTaken: The name is in use for something else; it is never moved.
        RepositoryUnusable: The source cannot be written.
    """
    await _publish(change, repository, change.branch, run=run, desk=desk, tools=tools)
    return change.branch


async def push_branch(
    change: Change, proposal: Proposal, *, repository: Repository, run: Run, desk: Desk, tools: Tools
) -> str:
    """Create the change's branch on the code host, once, and return where.

    Raises:
        BranchTaken: The name is in use for something else; it is never moved.
        RepositoryUnusable: The code host's repository cannot be written.
    """
    there = replace(repository, source=proposal.address)
    # The same branch in another place is another write.
    await _publish(change, there, f"{proposal.repository}:{change.branch}", run=run, desk=desk, tools=tools)
    return proposal.address


async def open_pull_request(
    change: Change, words: PullRequestText, proposal: Proposal, *, run: Run, desk: Desk, code_hosts: CodeHosts
) -> str:
    """Open the pull request of a branch that is on the code host, once, and return its address.

    Raises:
        CodeHostUnreachable: It may or may not be open; the next try looks first.
        CodeHostRefused: The host said no.
    """
    title = " ".join(bound_text(words.title, limit_characters=_TITLE_CHARACTERS).split())
    body = bound_text(words.body, limit_characters=_BODY_CHARACTERS)
    async with code_hosts.open(proposal.repository) as host:

        async def find() -> str | None:
            return _address(await host.find_pull_request(branch=change.branch))

        async def act() -> str:
            opened = await host.open_pull_request(
                branch=change.branch, base=proposal.base_branch, title=title, body=body
            )
            return opened.address

        write = Write(
            kind=EffectKind.OPEN_PULL_REQUEST,
            target=proposal.repository,
            marker=change.branch,
            payload=f"{title}\n\n{body}".encode(errors="replace"),
            find=find,
            act=act,
        )
        return await perform(write, run=run, desk=desk)


async def _publish(change: Change, repository: Repository, marker: str, *, run: Run, desk: Desk, tools: Tools) -> None:
    async def find() -> str | None:
        there = await tools.repositories.published(repository, change.branch)
        return change.head if there == change.head else None

    async def act() -> str:
        await tools.repositories.publish(repository, change.head, change.branch)
        return change.head

    write = Write(
        kind=EffectKind.PUBLISH_BRANCH,
        target=repository.source,
        marker=marker,
        payload=change.head.encode(),
        find=find,
        act=act,
    )
    await perform(write, run=run, desk=desk)


def _address(found: PullRequest | None) -> str | None:
    return None if found is None else found.address
