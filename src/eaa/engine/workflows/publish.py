"""The writes to the outside that a change makes: its branch, and the pull request when one is wanted."""

from dataclasses import dataclass, replace

from eaa.domain.artefact import Change, PullRequestText
from eaa.domain.effect import EffectKind
from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository, is_elsewhere
from eaa.domain.run import Run
from eaa.engine.effects import Write, perform
from eaa.engine.evidence.tamper import is_ci_file
from eaa.engine.journal import Desk
from eaa.engine.tools import Tools
from eaa.engine.workflows.order import Order, Proposal
from eaa.kit.bounded import bound_text
from eaa.ports.code_host import CodeHosts, PullRequest

_TITLE_CHARACTERS = 250
_BODY_CHARACTERS = 60_000
"""GitHub takes 256 and 65,536."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Does the writes of one run."""

    order: Order
    run: Run
    desk: Desk
    tools: Tools
    code_hosts: CodeHosts

    async def publish_branch(self, change: Change) -> str:
        """Create the change's branch in the source, once, and return its name.

        Raises:
            BranchTaken: The name is in use for something else; it is never moved.
            RepositoryUnusable: The source cannot be written.
            ApprovalMissing: A person has to approve it first.
            EffectRefused: A run of this origin may not do it.
        """
        await self._publish(change, self.order.repository, change.branch)
        return change.branch

    async def push_branch(self, change: Change, proposal: Proposal) -> str:
        """Create the change's branch on the code host, once, and return where.

        Raises:
            BranchTaken: The name is in use for something else; it is never moved.
            RepositoryUnusable: The code host's repository cannot be written.
            ApprovalMissing: A person has to approve it first.
            EffectRefused: A run of this origin may not do it.
        """
        there = replace(self.order.repository, source=proposal.address)
        # The same branch in another place is another write.
        await self._publish(change, there, f"{proposal.repository}:{change.branch}")
        return proposal.address

    async def open_pull_request(self, change: Change, words: PullRequestText, proposal: Proposal) -> str:
        """Open the pull request of a branch that is on the code host, once, and return its address.

        Raises:
            CodeHostUnreachable: It may or may not be open; the next try looks first.
            CodeHostRefused: The host said no.
            ApprovalMissing: A person has to approve it first.
            EffectRefused: A run of this origin may not do it.
        """
        title = " ".join(bound_text(words.title, limit_characters=_TITLE_CHARACTERS).split())
        body = bound_text(words.body, limit_characters=_BODY_CHARACTERS)
        async with self.code_hosts.open(proposal.repository) as host:

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
                commit=change.head,
                edits_ci=await self._edits_ci(change.head),
                find=find,
                act=act,
            )
            return await perform(write, run=self.run, desk=self.desk)

    async def _publish(self, change: Change, repository: Repository, marker: str) -> None:
        repositories = self.tools.repositories

        async def find() -> str | None:
            there = await repositories.published(repository, change.branch)
            return change.head if there == change.head else None

        async def act() -> str:
            await repositories.publish(repository, change.head, change.branch)
            return change.head

        write = Write(
            kind=EffectKind.PUSH_BRANCH if is_elsewhere(repository.source) else EffectKind.PUBLISH_BRANCH,
            target=repository.source,
            marker=marker,
            payload=change.head.encode(),
            commit=change.head,
            edits_ci=await self._edits_ci(change.head),
            find=find,
            act=act,
        )
        await perform(write, run=self.run, desk=self.desk)

    async def _edits_ci(self, head: CommitId) -> bool:
        """Return whether CI files differ between base and head: read off the commits, whoever made them."""
        changed = await self.tools.repositories.diff(self.order.repository, self.order.base, head)
        return any(is_ci_file(diff.path) for diff in changed)


def _address(found: PullRequest | None) -> str | None:
    return None if found is None else found.address
