"""GitHub as a code host: one repository, seen through its REST API.

Source: GitHub REST API description, version 2022-11-28, checked 2026-11.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
from typing_extensions import override

from eaa.adapters.github.transport import API_VERSION, GithubTransport
from eaa.domain.errors import CodeHostRefused, CodeHostUnreachable
from eaa.domain.ids import CommitId
from eaa.domain.origin import Origin
from eaa.kit.bounded import fitting
from eaa.ports.code_host import CodeHost, Issue, ProposedChange, PullRequest

_MOST_PAGES = 100
"""Of a hundred comments each; a longer conversation is not searched to its end."""
_MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Who may write to the repository. Source: GitHub REST API description, schema `author-association`."""
_DELETED = "ghost"
"""Whom GitHub names in place of an account that was deleted."""


@asynccontextmanager
async def open_github(
    *,
    repository: str,
    token: str | None,
    api_url: str = "https://api.github.com",
    login: str | None = None,
    timeout_s: float = 30.0,
    tries: int = 3,
    pause_s: float = 0.5,
) -> AsyncIterator["GithubCodeHost"]:
    """Open a repository on GitHub and close its connections at the end of the block.

    Args:
        repository: `owner/name`.
        token: A token that may read the repository and write pull requests; None reads what is public.
        api_url: `https://HOST/api/v3` for an Enterprise Server.
        login: The account the token belongs to, `<app>[bot]` for an app; None asks GitHub, which apps cannot.
        timeout_s: Limit of one request.
        tries: How often a read is tried when it fails in passing; a write is tried once.
        pause_s: The first pause between tries; it doubles, and GitHub's own hint wins when it is longer.
    """
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
        "User-Agent": "eaa",
    }
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, auto_decompress=True) as session:
        transport = GithubTransport(session, api_url=api_url, tries=tries, pause_s=pause_s)
        yield GithubCodeHost(transport, repository=repository, login=login)


class GithubCodeHost(CodeHost):
    """The issues and pull requests of one repository. Made by `open_github`."""

    def __init__(self, transport: GithubTransport, *, repository: str, login: str | None) -> None:
        self._transport = transport
        self._owner = repository.partition("/")[0]
        self._repository = f"/repos/{repository}"
        self._login = login

    @override
    async def read_issue(self, number: int, *, limit_bytes: int) -> Issue:
        facts = _object((await self._transport.get(f"{self._repository}/issues/{number}")).body)
        title, body = _text(facts, "title"), _text(facts, "body")
        left_bytes = limit_bytes - len(f"{title}{body}".encode(errors="replace"))
        comments: tuple[str, ...] = ()
        async for page in self._pages_of_comments(number):
            said = [_text(comment, "body") for comment in page if _origin(comment) is Origin.MEMBER]
            all_said = (*comments, *said)
            comments = fitting(all_said, limit_bytes=left_bytes)
            if len(comments) < len(all_said):
                break
        return Issue(title=title, body=body, origin=_origin(facts), comments=comments)

    @override
    async def read_pull_request(self, number: int) -> ProposedChange:
        facts = _object((await self._transport.get(f"{self._repository}/pulls/{number}")).body)
        base, head = _object(facts.get("base")), _object(facts.get("head"))
        return ProposedChange(
            title=_text(facts, "title"),
            body=_text(facts, "body"),
            origin=_origin(facts),
            base_branch=_text(base, "ref"),
            base=CommitId(_text(base, "sha")),
            head=CommitId(_text(head, "sha")),
            reference=f"refs/pull/{number}/head",
        )

    @override
    async def find_pull_request(self, *, branch: str) -> PullRequest | None:
        query = {"head": f"{self._owner}:{branch}", "state": "all", "per_page": "100"}
        answer = await self._transport.get(f"{self._repository}/pulls", query)
        # GitHub leaves an unknown head out of the filter instead of finding nothing.
        ours = [pull for pull in _objects(answer.body) if pull.get("head", {}).get("ref") == branch]
        ours.sort(key=lambda pull: pull.get("state") != "open")
        return _pull_request(ours[0]) if ours else None

    @override
    async def open_pull_request(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        content = {"head": branch, "base": base, "title": title, "body": body}
        try:
            answer = await self._transport.post(f"{self._repository}/pulls", content)
        except CodeHostRefused as error:
            if "already exists" not in str(error):
                raise
            existing = await self.find_pull_request(branch=branch)
            if existing is None:
                raise
            return existing
        return _pull_request(answer.body)

    @override
    async def find_comment(self, pull_request: PullRequest, *, marker: str) -> str | None:
        login = await self._our_login()
        async for page in self._pages_of_comments(pull_request.number):
            for comment in page:
                # Anyone may write our marker; only our own comment counts.
                is_ours = comment.get("user", {}).get("login") == login
                if is_ours and _hidden(marker) in str(comment.get("body")):
                    return str(comment["html_url"])
        return None

    @override
    async def comment(self, pull_request: PullRequest, *, text: str, marker: str) -> str:
        content = {"body": f"{text}\n\n{_hidden(marker)}"}
        answer = await self._transport.post(self._comments_of(pull_request.number), content)
        return str(_object(answer.body)["html_url"])

    async def _pages_of_comments(self, number: int) -> AsyncIterator[list[dict[str, Any]]]:
        page: str | None = f"{self._comments_of(number)}?per_page=100"
        for _ in range(_MOST_PAGES):
            if page is None:
                return
            answer = await self._transport.get(page)
            yield _objects(answer.body)
            page = answer.next_page

    def _comments_of(self, number: int) -> str:
        return f"{self._repository}/issues/{number}/comments"

    async def _our_login(self) -> str:
        if self._login is None:
            answer = await self._transport.get("/user")
            self._login = str(_object(answer.body)["login"])
        return self._login


def _hidden(marker: str) -> str:
    """Return a marker as a comment that GitHub does not show. Two hyphens would end it early."""
    return f"<!-- eaa:op={quote(marker).replace('-', '%2D')} -->"


def _pull_request(found: Any) -> PullRequest:
    facts = _object(found)
    return PullRequest(number=int(facts["number"]), address=str(facts["html_url"]))


def _origin(facts: dict[str, Any]) -> Origin:
    author = facts.get("user", {})
    if author is None or author.get("login") == _DELETED:
        return Origin.ANONYMOUS
    if author.get("type") == "Bot":
        # Whatever it may do to the repository: a bot passes on words of others, such as the log of their tests.
        return Origin.MACHINE
    is_member = facts.get("author_association") in _MEMBERS
    return Origin.MEMBER if is_member else Origin.OUTSIDE_CONTRIBUTOR


def _text(facts: dict[str, Any], name: str) -> str:
    """Return a text field; GitHub says null for one that is empty."""
    return str(facts.get(name) or "")


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise CodeHostUnreachable("GitHub's answer has another shape than its API describes")
    return found


def _objects(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list):
        raise CodeHostUnreachable("GitHub's answer has another shape than its API describes")
    return [_object(item) for item in found]
