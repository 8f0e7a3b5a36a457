"""The author's context: a brief goes in, a model works, a patch comes out."""

from dataclasses import dataclass, replace

from eaa.domain.artefact import WrittenTests
from eaa.domain.brief import Brief
from eaa.domain.fix import Confidence, Fix, FixResult
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange
from eaa.domain.role import RoleName
from eaa.domain.spent import Spent
from eaa.domain.transcript import Told, Voice
from eaa.engine.agent.conversation import Assignment, converse, spent_of
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.job import Outcome
from eaa.engine.agent.workplace import changes_between
from eaa.engine.tools import Tools

CONTEXT = "author"
PROMPT = "agent/author"
ONLY_TESTS = (
    "All that you changed is tests ({}), which somebody else wrote, so all of it is left out. Change the code, or "
    "submit again and say why nothing in the code has to change."
)
OPERATOR = "written by a model"
_REASON = "A model wrote it; only its evidence says what it is worth."


@dataclass(frozen=True, slots=True)
class Authored:
    """What an author left."""

    result: FixResult
    """One fix, or none when nothing was changed."""
    note: str
    """The model's own summary: words, not evidence."""
    model: str
    spent: Spent


async def work_as_author(brief: Brief, tools: Tools, agents: AgentDesk, *, facts: str = "") -> Authored:
    """Return what a model changed on top of the tests' commit; bug reports about its work continue its conversation.

    Changes of files that hold tests are left out: the tester wrote those.

    Args:
        brief: With what was made before.
        tools: Where the work happens.
        agents: Models and their conversations.
        facts: What a search without a model found, for the instruction.

    Raises:
        WorkParked: The model did not come to an end.
        RunFenced: Another process has taken the run over.
        SandboxUnavailable: The machine cannot run commands.
    """
    assignment = author_assignment(brief, facts=facts)
    outcome = await converse(assignment, brief, tools, agents)
    changes, left_out = await _changes(brief, tools, outcome)
    if left_out and not changes:
        # Nothing of its work would be seen; it hears so once, and may work on the code instead.
        told = Told(Voice.SYSTEM, ONLY_TESTS.format(", ".join(left_out)), key="only tests")
        outcome = await converse(replace(assignment, told=(*assignment.told, told)), brief, tools, agents)
        changes, left_out = await _changes(brief, tools, outcome)
    note = outcome.ended.detail + (f" (left out: changes of {', '.join(left_out)})" if left_out else "")
    note += f" (changed by hand, by a person: {', '.join(outcome.by_hand)})" if outcome.by_hand else ""
    result = await _result(brief, tools, outcome, changes, note)
    return Authored(result, note, outcome.model, spent_of(outcome))


async def _changes(brief: Brief, tools: Tools, outcome: Outcome) -> tuple[tuple[FileChange, ...], list[str]]:
    """Return what was changed of files that hold no tests, and the paths of those that do."""
    changed = await changes_between(brief.repository, outcome.start, outcome.tree, tools=tools)
    changes = tuple(change for change in changed if not _is_test(change.path, brief, tools))
    return changes, [change.path for change in changed if change not in changes]


def author_assignment(brief: Brief, *, facts: str = "") -> Assignment:
    """Return what the author shall do."""
    tests = brief.handover.tests
    return Assignment(
        context=CONTEXT,
        role=RoleName.SD,
        prompt=PROMPT,
        start=_start(brief),
        values=_values(tests) | {"facts": facts},
        told=_reports(brief),
    )


def _reports(brief: Brief) -> tuple[Told, ...]:
    """Return the bug reports about a model's own work; what was found without one was not its work."""
    patch = brief.handover.patch
    if patch is None or not patch.author:
        return ()
    reports = (report for report in brief.handover.bug_reports if report.round >= patch.first_round)
    return tuple(Told(Voice.SYSTEM, report.text, key=f"bug report {report.round}") for report in reports)


def _start(brief: Brief) -> CommitId:
    return brief.handover.tests.commit if brief.handover.tests else brief.base


def _values(tests: WrittenTests | None) -> dict[str, str]:
    if tests is None:
        return {}
    return {"tests": "\n".join(tests.red), "test_files": ", ".join(tests.paths)}


def _is_test(path: str, brief: Brief, tools: Tools) -> bool:
    given = brief.handover.tests.paths if brief.handover.tests else ()
    return path in given or any(tools.toolchain.language.is_test(path, suite) for suite in brief.project.suites)


async def _result(
    brief: Brief, tools: Tools, outcome: Outcome, changes: tuple[FileChange, ...], note: str
) -> FixResult:
    seconds = outcome.used.wall_s
    if not changes:
        return FixResult((), (), None, candidates_tried=0, seconds=seconds, note=f"Nothing was changed. {note}")
    commit = await tools.repositories.commit(
        brief.repository,
        parent=outcome.start,
        changes=changes,
        message="wip: what the author changed\n",
        run_id=brief.run_id,
    )
    diff = await tools.repositories.diff_text(brief.repository, outcome.start, commit)
    fix = Fix(changes, diff, OPERATOR, Confidence.DRAFT, (_REASON,))
    return FixResult((fix,), (), None, candidates_tried=1, seconds=seconds)
