"""The place where issues and pull requests live."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from eaa.domain.ids import CommitId
from eaa.domain.origin import Origin


@dataclass(frozen=True, slots=True)
class PullRequest:
    """An open pull request."""

    number: int
    address: str


@dataclass(frozen=True, slots=True)
class Issue:
    """What somebody wrote down to be done."""

    title: str
    body: str
    origin: Origin
    """Of whoever opened it."""
    comments: tuple[str, ...]
    """What members said about it, oldest first; nobody else's words are here."""


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A pull request as its author describes it, and the commits it is about."""

    title: str
    body: str
    origin: Origin
    base_branch: str
    base: CommitId
    """Where the base branch was when the host last compared the two."""
    head: CommitId
    reference: str
    """What git calls the head in the repository, also when it was proposed from another one."""


class CodeHost(Protocol):
    """One repository: reads issues, opens pull requests and comments on them, and finds again what it did."""

    async def read_issue(self, number: int, *, limit_bytes: int) -> Issue:
        """Return an issue with as many of its members' comments, oldest first, as fit into the bytes left by the rest.

        Raises:
            CodeHostUnreachable: No usable answer; try again later.
            CodeHostRefused: The host said no, or there is no such issue.
        """
        ...

    async def read_pull_request(self, number: int) -> ProposedChange:
        """Return a pull request, whoever opened it.

        Raises:
            CodeHostUnreachable: No usable answer; try again later.
            CodeHostRefused: The host said no, or there is no such pull request.
        """
        ...

    async def find_pull_request(self, *, branch: str) -> PullRequest | None:
        """Return the pull request whose head is this branch of ours, open or closed, or None.

        Raises:
            CodeHostUnreachable: No usable answer; try again later.
            CodeHostRefused: The host said no.
        """
        ...

    async def open_pull_request(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request; a host that answers "exists" gives the existing one. The caller has looked first.

        Raises:
            CodeHostUnreachable: It may or may not have been opened; look before trying again.
            CodeHostRefused: The host said no.
        """
        ...

    async def find_comment(self, pull_request: PullRequest, *, marker: str) -> str | None:
        """Return the address of our comment that carries a hidden marker, or None.

        Raises:
            CodeHostUnreachable: No usable answer.
        """
        ...

    async def comment(self, pull_request: PullRequest, *, text: str, marker: str) -> str:
        """Comment once, with a hidden marker, and return the comment's address.

        Raises:
            CodeHostUnreachable: It may or may not have been written.
            CodeHostRefused: The host said no.
        """
        ...


class CodeHosts(Protocol):
    """Opens repositories of the one code host that this process knows."""

    def open(self, repository: str) -> AbstractAsyncContextManager[CodeHost]:
        """Open `owner/name` for the length of a block.

        Raises:
            CodeHostRefused: There is no login for the host, and it cannot be used without.
        """
        ...
