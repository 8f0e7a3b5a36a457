"""The author's context: a brief goes in, the loop runs, a patch comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from eaa.domain.artefact import Patch, WrittenTests
from eaa.domain.ask import Account
from eaa.domain.brief import Brief
from eaa.domain.fix import Confidence, Fix, FixResult
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange
from eaa.domain.role import RoleName
from eaa.domain.run import Run
from eaa.domain.transcript import EndReason, Opened, Told, Voice
from eaa.engine.agent.job import AgentPorts, Job, Outcome
from eaa.engine.agent.limits import Limits
from eaa.engine.agent.tools.specs import TOOLS
from eaa.engine.agent.workplace import changes_between
from eaa.engine.brief import render_brief
from eaa.engine.llm.prompts import find_prompt, render
from eaa.engine.loop import run_loop
from eaa.kit.digest import sha256_hex
from eaa.ports.prompts import PromptFiles

CONTEXT = "author"
SYSTEM_PROMPT = "agent/system"
AUTHOR_PROMPT = "agent/author"
OPERATOR = "written by a model"
_REASON = "A model wrote it; only its evidence says what it is worth."


@dataclass(frozen=True, slots=True)
class AuthorOrder:
    """How an author works, besides the brief."""

    run: Run
    """Carries the generation of this execution."""
    account: Account
    model: str | None = None
    """None leaves it to the rules."""
    facts: str = ""
    """What a search without a model found, for the instruction."""
    limits: Limits = field(default_factory=Limits)
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Authored:
    """What an author left."""

    patch: Patch
    """Its commit is None unless the work was submitted and changes something."""
    outcome: Outcome
    """How the loop ended; a question, a limit or a circle keeps its files in `outcome.tree`."""


async def work_as_author(brief: Brief, order: AuthorOrder, *, ports: AgentPorts, prompts: PromptFiles) -> Authored:
    """Run the author's loop from wherever it stands; bug reports of the brief continue it.

    Raises:
        PromptInvalid: A prompt file cannot be used.
        RunFenced: Another process has taken the run over.
        SandboxUnavailable: The machine cannot run commands.
    """
    outcome = await run_loop(author_job(brief, order, prompts=prompts), ports)
    patch = await _patch(brief, outcome, ports)
    return Authored(patch, outcome)


def author_job(brief: Brief, order: AuthorOrder, *, prompts: PromptFiles) -> Job:
    """Return the loop's job: system text, tools and brief as for every role, the author's instruction last."""
    tests = brief.handover.tests
    system = find_prompt(SYSTEM_PROMPT, files=prompts)
    author = find_prompt(AUTHOR_PROMPT, files=prompts)
    instruction = render(author, _assignment(tests) | {"facts": order.facts})
    opened = Opened(
        system=render(system, {}),
        brief=render_brief(brief),
        instruction=instruction,
        tools=TOOLS,
        start=_start(brief),
        prompt_sha256=sha256_hex(f"{system.sha256}{author.sha256}".encode()),
        model=order.model,
        versions=order.versions,
    )
    return Job(
        run=order.run,
        context=CONTEXT,
        role=RoleName.SD,
        repository=brief.repository,
        environment=brief.environment,
        project=brief.project,
        opened=opened,
        told=tuple(
            Told(Voice.SYSTEM, report.text, key=f"bug report {report.round}") for report in brief.handover.bug_reports
        ),
        limits=order.limits,
        account=order.account,
        kind=brief.handover.requirement.kind if brief.handover.requirement else None,
    )


def _start(brief: Brief) -> CommitId:
    return brief.handover.tests.commit if brief.handover.tests else brief.base


def _assignment(tests: WrittenTests | None) -> dict[str, str]:
    if tests is None:
        return {}
    return {"tests": "\n".join(tests.red), "test_files": ", ".join(tests.paths)}


async def _patch(brief: Brief, outcome: Outcome, ports: AgentPorts) -> Patch:
    tools = ports.tools
    if outcome.ended.why is not EndReason.SUBMITTED:
        return _no_patch(f"The author stopped ({outcome.ended.why}): {outcome.ended.detail}", outcome)
    given = frozenset(brief.handover.tests.paths if brief.handover.tests else ())
    changed = await changes_between(brief.repository, outcome.start, outcome.tree, tools=tools)
    changes = tuple(change for change in changed if change.path not in given)
    left_out = [change.path for change in changed if change.path in given]
    if not changes:
        return _no_patch(f"Nothing was changed. {outcome.ended.detail}", outcome)
    title = brief.handover.requirement.title if brief.handover.requirement else "make the change that was asked for"
    commit = await tools.repositories.commit(
        brief.repository, parent=outcome.start, changes=changes, message=f"change: {title}\n", run_id=brief.run_id
    )
    diff = await tools.repositories.diff_text(brief.repository, outcome.start, commit)
    note = outcome.ended.detail + (f" (left out: changes of {', '.join(left_out)})" if left_out else "")
    return Patch(commit=commit, fix=_result(changes, diff, outcome), chosen=0, quality=(), note=note)


def _result(changes: Sequence[FileChange], diff: str, outcome: Outcome) -> FixResult:
    fix = Fix(tuple(changes), diff, OPERATOR, Confidence.DRAFT, (_REASON,))
    return FixResult((fix,), (), None, candidates_tried=1, seconds=outcome.used.wall_s)


def _no_patch(note: str, outcome: Outcome) -> Patch:
    nothing = FixResult((), (), None, candidates_tried=0, seconds=outcome.used.wall_s, note=note)
    return Patch(commit=None, fix=nothing, chosen=None, quality=(), note=note)
