"""One GitHub: the API's address, the web's address beside it, and what lies where on it."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from typing_extensions import override

from eaa.domain.errors import InvalidRequest
from eaa.ports.code_host import CodeHost, CodeHosts

_PUBLIC_API = "api.github.com"
_PUBLIC_WEB = "https://github.com"
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_NUMBER = re.compile(r"[0-9]{1,18}")
_SHOWN = 200
"""Characters of an address that a message repeats."""
_SSH = re.compile(r"(?:ssh://)?(?:[^@/\s]+@)(?P<host>[^/:\s]+)(?::\d+/|[:/])(?P<path>[^:\s]+)")


@dataclass(frozen=True, slots=True)
class Place:
    """An issue or a pull request of a repository on the site."""

    repository: str
    """`owner/name`."""
    number: int


@dataclass(frozen=True, slots=True)
class GithubSite(CodeHosts):
    """A GitHub and our login there. Nothing is asked before a repository is used."""

    api_url: str
    token: str | None = field(repr=False)

    @property
    def web_url(self) -> str:
        """Return where people and git go: `https://github.com`, or the host of an Enterprise Server."""
        parts = urlsplit(self.api_url)
        return _PUBLIC_WEB if parts.hostname == _PUBLIC_API else f"{parts.scheme}://{parts.netloc}"

    @override
    def open(self, repository: str) -> AbstractAsyncContextManager[CodeHost]:
        return self._opened(repository)

    @asynccontextmanager
    async def _opened(self, repository: str) -> AsyncIterator[CodeHost]:
        # The HTTP client is slow to load, and most commands never speak to the host.
        from eaa.adapters.github.code_host import open_github

        async with open_github(repository=repository, token=self.token, api_url=self.api_url) as host:
            yield host

    def clone_address(self, repository: str) -> str:
        """Return what git clones and pushes over HTTP."""
        return f"{self.web_url}/{repository}.git"

    def cloneable(self, source: str) -> str:
        """Return the one address that we clone a repository of this site by; other paths and addresses as they are."""
        is_plain = source.startswith(("http://", "https://")) and "@" not in source
        name = self.repository_of(source) if is_plain else None
        return source if name is None else self.clone_address(name)

    def repository_of(self, address: str) -> str | None:
        """Return `owner/name` of an address that git understands, None when it is of another place."""
        found = _SSH.fullmatch(address)
        if found is not None:
            is_ours = found["host"] == urlsplit(self.web_url).hostname
            return _repository(found["path"]) if is_ours else None
        parts = _parts_of(address)
        if parts is None:
            return None
        netloc = parts.netloc.rpartition("@")[2]
        is_ours = (parts.scheme, netloc.removeprefix("www.")) == tuple(urlsplit(self.web_url)[:2])
        return _repository(parts.path) if is_ours else None

    def issue_of(self, address: str) -> Place:
        """Return the issue at a web address.

        Raises:
            InvalidRequest: It is on another host, or no issue.
        """
        return self._place(address, "issues", f"{self.web_url}/OWNER/NAME/issues/NUMBER")

    def pull_request_of(self, address: str) -> Place:
        """Return the pull request at a web address.

        Raises:
            InvalidRequest: It is on another host, or no pull request.
        """
        return self._place(address, "pull", f"{self.web_url}/OWNER/NAME/pull/NUMBER")

    def _place(self, address: str, kind: str, shape: str) -> Place:
        needed = InvalidRequest(
            f"{address[:_SHOWN]} is not the address that is needed here", hint=f"It looks like {shape}."
        )
        parts = _parts_of(address)
        if parts is None:
            raise needed
        words = parts.path.strip("/").split("/")
        repository = self.repository_of(f"{parts.scheme}://{parts.netloc}/{'/'.join(words[:2])}")
        if repository is None:
            raise InvalidRequest(
                f"{(parts.hostname or address)[:_SHOWN]} is not the code host that eaa is set up for ({self.web_url})",
                hint="For GitHub Enterprise set EAA_GITHUB_API_URL=https://HOST/api/v3.",
            )
        if len(words) < 4 or words[2] != kind or not _NUMBER.fullmatch(words[3]):
            raise needed
        return Place(repository, int(words[3]))


def _parts_of(address: str) -> SplitResult | None:
    """Return the parts of an address, None when it is none: a bracket that is not closed, no number for a port."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _repository(path: str) -> str | None:
    words = path.strip("/").removesuffix(".git").split("/")
    is_name = len(words) == 2 and all(_NAME.fullmatch(word) and word.strip(".") for word in words)
    return "/".join(words) if is_name else None
