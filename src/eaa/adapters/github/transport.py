"""Requests to the GitHub REST API, and what its answers mean for us."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from eaa.domain.errors import CodeHostRefused, CodeHostUnreachable

API_VERSION = "2022-11-28"
LONGEST_ANSWER_BYTES = 10 * 1024 * 1024
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_LONGEST_PAUSE_S = 30.0


class _Passing(CodeHostUnreachable):
    """A fault that goes away by itself; GitHub may have said when."""

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(message, hint="Check the connection, or try again later.")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the decoded JSON and the address of the next page, if there is one."""

    body: Any
    next_page: str | None


class GithubTransport:
    """Speaks to one API address with one token. Redirects are not followed: the token is for this address only."""

    def __init__(self, session: aiohttp.ClientSession, *, api_url: str, tries: int, pause_s: float) -> None:
        self._session = session
        self._api_url = api_url.rstrip("/")
        self._tries = tries
        self._pause_s = pause_s

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Read something; a passing fault is tried again, at most `tries` times, with growing pauses.

        Raises:
            CodeHostUnreachable: No usable answer in all tries.
            CodeHostRefused: GitHub said no.
        """
        for number in range(self._tries - 1):
            try:
                return await self._request("GET", path, query=query)
            except _Passing as error:
                await asyncio.sleep(self._pause_before_next(number, error))
        return await self._request("GET", path, query=query)

    async def post(self, path: str, content: Mapping[str, str]) -> Answer:
        """Write something, once: only the caller can look whether a failed try has left something behind.

        Raises:
            CodeHostUnreachable: It may or may not have been done.
            CodeHostRefused: GitHub said no; nothing was done.
        """
        return await self._request("POST", path, content=content)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: Mapping[str, str] | None = None,
    ) -> Answer:
        address = path if path.startswith(f"{self._api_url}/") else self._api_url + path
        try:
            async with self._session.request(
                method, address, params=query, json=content, allow_redirects=False
            ) as response:
                raw = await _read_bounded(response)
                return _answer(response, raw)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _Passing(f"GitHub did not answer at {self._api_url}: {type(error).__name__}") from error

    def _pause_before_next(self, number: int, error: _Passing) -> float:
        # GitHub knows when its window reopens: never ask earlier. A window further away than we like to wait for is
        # left to whoever resumes the run.
        wanted_s: float = max(error.retry_after_s, self._pause_s * 2**number)
        if wanted_s > _LONGEST_PAUSE_S:
            raise error
        return wanted_s + random.uniform(0, self._pause_s)  # noqa: S311 - spreads load, guards nothing


async def _read_bounded(response: aiohttp.ClientResponse) -> bytes:
    raw = await response.content.read(LONGEST_ANSWER_BYTES + 1)
    while len(raw) <= LONGEST_ANSWER_BYTES and (more := await response.content.read(LONGEST_ANSWER_BYTES)):
        raw += more
    if len(raw) > LONGEST_ANSWER_BYTES:
        raise CodeHostUnreachable("GitHub's answer is longer than we read")
    return raw


def _answer(response: aiohttp.ClientResponse, raw: bytes) -> Answer:
    """Return a good answer, raise for any other."""
    if not 200 <= response.status < 300:
        raise _fault(response, _message(raw))
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _Passing("GitHub's answer is not JSON") from error
    following = response.links.get("next")
    return Answer(body=body, next_page=None if following is None else str(following["url"]))


def _fault(response: aiohttp.ClientResponse, message: str) -> CodeHostUnreachable | CodeHostRefused:
    status = response.status
    is_rate_limited = "Retry-After" in response.headers or response.headers.get("X-RateLimit-Remaining") == "0"
    if status in _PASSING or (status == 403 and is_rate_limited):
        return _Passing(
            f"GitHub cannot answer now ({status}): {message}",
            retry_after_s=_seconds(response.headers.get("Retry-After")),
        )
    match status:
        case 401 if "Authorization" not in response.request_info.headers:
            return CodeHostRefused("GitHub wants a token (401).", hint="Set EAA_GITHUB_TOKEN.")
        case 401:
            return CodeHostRefused(
                "GitHub refused the token (401).", hint="Set EAA_GITHUB_TOKEN to one that is valid now."
            )
        case 403:
            return CodeHostRefused(
                f"GitHub forbids it (403): {message}",
                hint="Give the token of EAA_GITHUB_TOKEN read and write access to contents and pull requests.",
            )
        case 404:
            return CodeHostRefused(
                f"GitHub finds nothing there (404): {message}",
                hint="Check the address; what is private needs a token in EAA_GITHUB_TOKEN that may read it.",
            )
        case 422:
            return CodeHostRefused(
                f"GitHub cannot do that (422): {message}",
                hint="Mend there what it names; the base branch, for example, has to exist on GitHub.",
            )
        case 301 | 302 | 307 | 308:
            return CodeHostRefused(f"The repository has moved ({status}).", hint="Use its present address.")
        case _:
            return CodeHostRefused(f"GitHub refused ({status}): {message}")


def _message(raw: bytes) -> str:
    """Return what GitHub says about an error, shortened; the details of a 422 come with it."""
    try:
        found = json.loads(raw)
        details = [str(detail.get("message", detail.get("code", ""))) for detail in found.get("errors", [])]
        return "; ".join(filter(None, [str(found.get("message", "")), *details]))[:500]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return "no explanation"


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isdecimal() else 0.0
