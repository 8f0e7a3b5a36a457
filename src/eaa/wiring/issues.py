"""Issues by their web addresses."""

from dataclasses import dataclass

from eaa.adapters.github.site import GithubSite
from eaa.domain.errors import InvalidRequest
from eaa.domain.origin import Origin

TEXT_LIMIT_BYTES = 1_000_000
CONVERSATION_LIMIT_BYTES = 50_000
"""Of an issue with its comments; comments that do not fit are left out."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A request's text and where it came from."""

    text: str
    source: str
    origin: Origin = Origin.MEMBER


async def fetch_issue(address: str, *, site: GithubSite) -> Issue:
    """Return the issue at a web address: its title, its text, and what members said about it.

    Raises:
        InvalidRequest: The address is of another host or of no issue, or the issue is empty or too large.
        CodeHostUnreachable: The host gave no usable answer.
        CodeHostRefused: The host said no.
    """
    place = site.issue_of(address)
    async with site.open(place.repository) as host:
        found = await host.read_issue(place.number, limit_bytes=CONVERSATION_LIMIT_BYTES)
    text = "\n\n".join(part for part in (found.title, found.body, *found.comments) if part.strip())
    return usable(Issue(text.replace("\r\n", "\n"), source=address.strip(), origin=found.origin))


def usable(issue: Issue) -> Issue:
    """Return an issue that can be worked on.

    Raises:
        InvalidRequest: It is empty or too large.
    """
    if not issue.text.strip():
        raise InvalidRequest("the issue is empty", hint="Say what is wrong, best with one example and its result.")
    if len(issue.text.encode(errors="replace")) > TEXT_LIMIT_BYTES:
        raise InvalidRequest("the issue is larger than 1 MB", hint="Cut it down to what should change.")
    return issue
