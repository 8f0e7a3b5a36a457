"""The commits of the run as a person will read them: tests first, then the change."""

import re
import unicodedata

from eaa.domain.artefact import Change, Patch, Requirement, Skipped, WrittenTests
from eaa.domain.brief import Brief
from eaa.domain.ids import CommitId, RunId
from eaa.domain.kind import Kind
from eaa.domain.repository import FileChange
from eaa.engine.outgoing import in_message
from eaa.engine.tools import Tools

SUBJECT_CHARACTERS = 72
_SLUG_CHARACTERS = 40
_WRAP = 76


async def integrate(brief: Brief, tools: Tools) -> Change | Skipped:
    """Return the final commits on the base. The head's tree is the verified one; only messages are new."""
    tests, patch = brief.handover.tests, brief.handover.patch
    requirement = brief.handover.requirement
    if requirement is None:
        return Skipped("neither tests nor a change were made")
    commits = []
    head = brief.base
    if tests is not None and tests.commit != brief.base:
        head = await _replay(brief, tools, (brief.base, tests.commit), head, test_message(brief, requirement, tests))
        commits.append(head)
    if patch is not None and patch.commit is not None:
        before = tests.commit if tests is not None else brief.base
        head = await _replay(brief, tools, (before, patch.commit), head, fix_message(brief, requirement, patch))
        commits.append(head)
    if not commits:
        return Skipped("neither tests nor a change were made")
    return Change(
        head=head,
        commits=tuple(commits),
        branch=branch_name(requirement.title, brief.run_id),
        subject=subject(_prefix(requirement.kind) if len(commits) > 1 or patch else "test", requirement.title),
    )


def branch_name(title: str, run_id: RunId) -> str:
    """Return `eaa/<slug>-<last eight characters of the run's id>`: each attempt at a task has a branch of its own."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:_SLUG_CHARACTERS].strip("-") or "change"
    return f"eaa/{slug}-{run_id[-8:].lower()}"


def subject(prefix: str, title: str) -> str:
    """Return a Conventional Commits subject of at most SUBJECT_CHARACTERS, cut at a word."""
    title = in_message(title)
    whole = f"{prefix}: {title[:1].lower() + title[1:] if title[1:2].islower() else title}"
    if len(whole) <= SUBJECT_CHARACTERS:
        return whole
    return whole[: SUBJECT_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def test_message(brief: Brief, requirement: Requirement, tests: WrittenTests) -> str:
    """Return the message of the tests' commit."""
    count = sum(len(names) for _, names in tests.tests)
    source = f"as {tests.author} reads it" if tests.author else "in its own examples"
    body = f"{count} {'test states' if count == 1 else 'tests state'} what the request asks for, {source}."
    if requirement.kind is not Kind.TESTS:
        body += f" On the base {len(tests.red)} of them {'is' if len(tests.red) == 1 else 'are'} red for that reason."
    return _message(subject("test", requirement.title), body, brief)


def fix_message(brief: Brief, requirement: Requirement, patch: Patch) -> str:
    """Return the message of the change's commit."""
    reproduction, tests = brief.handover.reproduction, brief.handover.tests
    chosen = patch.fix.fixes[patch.chosen] if patch.chosen is not None else None
    paths = ", ".join(sorted({change.path for change in chosen.changes})) if chosen else "the code"
    what = f"Changes {paths}: {chosen.operator}." if chosen else "Changes the code."
    if requirement.kind is Kind.REFACTOR:
        return _message(subject(_prefix(requirement.kind), requirement.title), what, brief)
    cause = reproduction.symptom.rstrip(".") if reproduction and reproduction.symptom else "a wrong answer"
    count = len(tests.red) if tests else 0
    why = f"Before it, {count} {'test' if count == 1 else 'tests'} of the request failed ({cause})."
    return _message(subject(_prefix(requirement.kind), requirement.title), f"{what} {why}", brief)


async def _replay(
    brief: Brief, tools: Tools, between: tuple[CommitId, CommitId], parent: CommitId, message: str
) -> CommitId:
    before, after = between
    changes = []
    for diff in await tools.repositories.diff(brief.repository, before, after):
        if diff.after is None:
            changes.append(FileChange(diff.path, None))
        else:
            content = await tools.repositories.read_file(
                brief.repository, after, diff.path, limit_bytes=max(diff.after.size_bytes, 1)
            )
            changes.append(FileChange(diff.path, content, diff.after.mode))
    return await tools.repositories.commit(
        brief.repository, parent=parent, changes=changes, message=message, run_id=brief.run_id
    )


def _prefix(kind: Kind) -> str:
    match kind:
        case Kind.FEATURE:
            return "feat"
        case Kind.REFACTOR:
            return "refactor"
        case Kind.TESTS:
            return "test"
        case _:
            return "fix"


def _message(subject_line: str, body: str, brief: Brief) -> str:
    return f"{subject_line}\n\n{_wrapped(in_message(body))}\n\nEaa-Run: {brief.run_id}\n"


def _wrapped(text: str) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > _WRAP:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])
