"""One task that a person asks for, checked before anything is queued: what passes here, records and servers take."""

from dataclasses import dataclass

from eaa.cli.options import RunOptions
from eaa.cli.requests import is_address, read_issue
from eaa.domain.budget import require_amount
from eaa.domain.errors import InvalidRequest
from eaa.domain.plain_text import require_plain
from eaa.wiring.issues import Issue

LOWEST_PRIORITY, HIGHEST_PRIORITY = -1_000, 1_000
LONGEST_REPO_CHARACTERS = 4_000
LONGEST_BASE_CHARACTERS = 300
LONGEST_COMMAND_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Made by `asked_of`."""

    options: RunOptions
    priority: int
    """Smaller ones go first."""
    issue: Issue | None
    """What the request says; None where it is an address, which is read when the task is queued."""


def asked_of(options: RunOptions, *, priority: int) -> Asked:
    """Return what somebody asks for with the words of the request, which may stand in a file.

    Raises:
        InvalidRequest: Something of it cannot be used, whatever the repository holds.
    """
    _check_text("request", options.request)
    _check_text("repo", options.repo, longest=LONGEST_REPO_CHARACTERS)
    if not options.repo:
        raise InvalidRequest("`repo` is empty", hint="Name a folder or an address.")
    _check_text("base", options.base or "", longest=LONGEST_BASE_CHARACTERS)
    _check_text("test command", options.test_command or "", longest=LONGEST_COMMAND_CHARACTERS)
    _check_text("python", options.python or "", longest=LONGEST_COMMAND_CHARACTERS)
    require_amount(options.budget_usd)
    if not LOWEST_PRIORITY <= priority <= HIGHEST_PRIORITY:
        raise InvalidRequest(
            f"`priority` is not between {LOWEST_PRIORITY} and {HIGHEST_PRIORITY}", hint="Smaller ones go first."
        )
    issue = None if is_address(options.request) else read_issue(options.request)
    if issue is not None:
        _check_text("request", issue.text)
    return Asked(options=options, priority=priority, issue=issue)


def _check_text(name: str, text: str, *, longest: int | None = None) -> None:
    if longest is not None and len(text) > longest:
        raise InvalidRequest(f"`{name}` is longer than {longest} characters", hint="Make it shorter.")
    require_plain(f"`{name}`", text)
