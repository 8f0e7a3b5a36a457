"""Issues and pull requests in lists."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from typing_extensions import override

from eaa.domain.errors import CodeHostRefused
from eaa.domain.ids import CommitId
from eaa.domain.origin import Origin
from eaa.kit.bounded import fitting
from eaa.kit.digest import sha256_hex
from eaa.ports.code_host import CodeHost, CodeHosts, Issue, ProposedChange, PullRequest


@dataclass(slots=True)
class _Entry:
    """One pull request and the (marker, text) of its comments."""

    branch: str
    base: str
    title: str
    body: str
    pull_request: PullRequest
    comments: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Thread:
    """An issue and what was said about it."""

    title: str
    body: str
    origin: Origin
    remarks: list[tuple[Origin, str]] = field(default_factory=list)


class MemoryCodeHost(CodeHost):
    """A code host without a network. `writes` is the journal of everything that was done to it, oldest first."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self._threads: dict[int, _Thread] = {}
        self._entries: list[_Entry] = []

    def write_issue(self, number: int, *, title: str, body: str, origin: Origin) -> None:
        """Open an issue as anyone."""
        self._threads[number] = _Thread(title, body, origin)

    def write_remark(self, number: int, text: str, *, origin: Origin) -> None:
        """Say something about an issue as anyone."""
        self._threads[number].remarks.append((origin, text))

    @override
    async def read_issue(self, number: int, *, limit_bytes: int) -> Issue:
        if number not in self._threads:
            raise CodeHostRefused(f"there is no issue {number}")
        thread = self._threads[number]
        said = [text for origin, text in thread.remarks if origin is Origin.MEMBER]
        left_bytes = limit_bytes - len(f"{thread.title}{thread.body}".encode())
        return Issue(thread.title, thread.body, thread.origin, fitting(said, limit_bytes=left_bytes))

    @override
    async def read_pull_request(self, number: int) -> ProposedChange:
        entry = next((entry for entry in self._entries if entry.pull_request.number == number), None)
        if entry is None:
            raise CodeHostRefused(f"there is no pull request {number}")
        return ProposedChange(
            title=entry.title,
            body=entry.body,
            origin=Origin.MEMBER,
            base_branch=entry.base,
            base=_commit_of(entry.base),
            head=_commit_of(entry.branch),
            reference=f"refs/pull/{number}/head",
        )

    @override
    async def find_pull_request(self, *, branch: str) -> PullRequest | None:
        return next((entry.pull_request for entry in self._entries if entry.branch == branch), None)

    @override
    async def open_pull_request(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        existing = await self.find_pull_request(branch=branch)
        if existing is not None:
            return existing
        number = len(self._entries) + 1
        pull_request = PullRequest(number=number, address=f"memory://pull/{number}")
        self._entries.append(_Entry(branch, base, title, body, pull_request))
        self.writes.append(f"open {branch}")
        return pull_request

    @override
    async def find_comment(self, pull_request: PullRequest, *, marker: str) -> str | None:
        comments = self._of(pull_request).comments
        numbers = (number for number, (known, _) in enumerate(comments, start=1) if known == marker)
        number = next(numbers, None)
        return None if number is None else f"{pull_request.address}#{number}"

    @override
    async def comment(self, pull_request: PullRequest, *, text: str, marker: str) -> str:
        comments = self._of(pull_request).comments
        comments.append((marker, text))
        self.writes.append(f"comment {marker}")
        return f"{pull_request.address}#{len(comments)}"

    def _of(self, pull_request: PullRequest) -> _Entry:
        return next(entry for entry in self._entries if entry.pull_request == pull_request)


class MemoryCodeHosts(CodeHosts):
    """Opens the same host whatever the repository is called."""

    def __init__(self) -> None:
        self.host = MemoryCodeHost()

    @override
    def open(self, repository: str) -> AbstractAsyncContextManager[CodeHost]:
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[CodeHost]:
        yield self.host


def _commit_of(branch: str) -> CommitId:
    return CommitId(sha256_hex(branch.encode())[:40])
