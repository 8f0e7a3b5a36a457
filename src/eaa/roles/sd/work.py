"""Software developer: repairs, holds the project's quality gate, commits the source change."""

from eaa.domain.artefact import Artefact, Patch, Skipped
from eaa.domain.brief import Brief
from eaa.domain.fix import FixRequest, FixResult
from eaa.domain.ids import CommitId
from eaa.engine.tools import Tools
from eaa.roles.sd.analysis import choose, choose_suite, guards, note_of, suspect_paths
from eaa.roles.sd.quality import hold_quality

SEARCH_BUDGET_S = 30.0
"""A search that has only drafts goes on for alternatives until this is spent."""


async def work(brief: Brief, tools: Tools) -> Artefact:
    """Return the patch on top of the tests' commit; after a failed verification the next candidate that was found."""
    tests = brief.handover.tests
    if tests is None:
        return Skipped("QA has not looked for tests yet")
    earlier = brief.handover.patch if brief.handover.bug_reports else None
    result = earlier.fix if earlier is not None and earlier.fix.fixes else await _search(brief, tools)
    chosen = choose(result, earlier)
    if chosen is None:
        return Patch(commit=None, fix=result, chosen=None, quality=(), note=_nothing(result, earlier))
    return await _commit(brief, tools, parent=tests.commit, result=result, chosen=chosen)


async def _search(brief: Brief, tools: Tools) -> FixResult:
    tests = brief.handover.tests
    group = choose_suite(tests.red, brief) if tests is not None else None
    if tests is None or group is None:
        return _empty("no suite of the project holds a red test")
    suite, failing = group
    async with tools.workspaces.open(brief.repository, tests.commit) as workspace:
        request = FixRequest(
            workspace=workspace,
            environment=brief.environment,
            suite=suite,
            failing=failing,
            passing=guards(brief, suite, failing),
            suspect_paths=suspect_paths(brief),
            budget_s=SEARCH_BUDGET_S,
        )
        return await tools.fixer.fix(request)


async def _commit(brief: Brief, tools: Tools, *, parent: CommitId, result: FixResult, chosen: int) -> Patch:
    fix = result.fixes[chosen]
    changes, findings = await hold_quality(brief, tools, parent, fix.changes)
    requirement = brief.handover.requirement
    commit = await tools.repositories.commit(
        brief.repository,
        parent=parent,
        changes=changes,
        message=f"fix: {requirement.title if requirement else 'make the failing tests pass'}\n",
        run_id=brief.run_id,
    )
    return Patch(commit=commit, fix=result, chosen=chosen, quality=findings, note=note_of(result, chosen, findings))


def _nothing(result: FixResult, earlier: Patch | None) -> str:
    if earlier is not None and result.fixes:
        return "Every change that was found has failed its verification."
    tried = f"{result.candidates_tried} candidates in {result.seconds:.0f} s"
    return f"No change was found that turns the tests green ({tried}). {result.note}".rstrip()


def _empty(note: str) -> FixResult:
    return FixResult(fixes=(), suspects=(), distinguishing_input=None, candidates_tried=0, seconds=0.0, note=note)
