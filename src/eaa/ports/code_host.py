"""The place where pull requests live."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PullRequest:
    """An open pull request."""

    number: int
    address: str


class CodeHost(Protocol):
    """Opens pull requests and comments on them, and finds again what it did."""

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
