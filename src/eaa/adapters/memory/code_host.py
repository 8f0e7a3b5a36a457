"""Pull requests in a list."""

from dataclasses import dataclass, field

from typing_extensions import override

from eaa.ports.code_host import CodeHost, PullRequest


@dataclass(slots=True)
class _Entry:
    """One pull request and the (marker, text) of its comments."""

    branch: str
    pull_request: PullRequest
    comments: list[tuple[str, str]] = field(default_factory=list)


class MemoryCodeHost(CodeHost):
    """A code host without a network. `writes` is the journal of everything that was done to it, oldest first."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self._entries: list[_Entry] = []

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
        self._entries.append(_Entry(branch=branch, pull_request=pull_request))
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
