"""Software developer: repairs, holds the project's quality gate, commits the source change."""

from dataclasses import replace

from eaa.domain.artefact import Artefact, Patch, Skipped
from eaa.domain.brief import Brief
from eaa.domain.fix import FixRequest, FixResult
from eaa.domain.ids import CommitId, TestId
from eaa.engine.tools import Tools
from eaa.roles.sd.analysis import (
    MOST_BROKEN,
    choose_suite,
    following,
    guards,
    left_open,
    newly_failing,
    note_of,
    rank,
    search_budget_s,
    still_failing,
    suspect_paths,
)
from eaa.roles.sd.quality import hold_quality
from eaa.roles.sd.screening import best_harmless

_MOST_OF_IT = 0.8


async def work(brief: Brief, tools: Tools) -> Artefact:
    """Return the patch on top of the tests' commit.

    With a model: what a short search is sure of, else what the model writes; after a failed verification the model goes
    on. Without one: what the search finds, and after a failed verification its next candidate.

    Raises:
        WorkParked: A model's work ended before it was done; the run waits.
    """
    if tools.agents is None or not brief.has_model:
        return await _repair(brief, tools)
    # Loaded only where a model works: prompts and their templates are heavy.
    from eaa.roles.sd.authoring import REPAIR_FIRST_S, is_sure, is_worth_searching, write_change

    searched: Patch | None = None
    if await is_worth_searching(brief, tools.agents):
        found = await _repair(brief, tools, budget_s=REPAIR_FIRST_S)
        searched = found if isinstance(found, Patch) else None
        if searched is not None and is_sure(searched):
            return searched
    patch = await write_change(brief, tools, tools.agents, searched=searched)
    if patch.chosen is None:
        return patch
    parent = brief.handover.tests.commit if brief.handover.tests is not None else brief.base
    committed = await _commit(brief, tools, parent=parent, result=patch.fix, chosen=patch.chosen)
    return replace(patch, commit=committed.commit, quality=committed.quality)


async def _repair(brief: Brief, tools: Tools, *, budget_s: float | None = None) -> Patch | Skipped:
    """Return what the search finds; when all of that breaks tests that pass today, it searches once more with these."""
    tests = brief.handover.tests
    if tests is None:
        return Skipped("QA has not looked for tests yet")
    earlier = brief.handover.patch if brief.handover.bug_reports else None
    if earlier is not None and earlier.fix.fixes:
        result, order = earlier.fix, following(earlier)
    else:
        result = await _search(brief, tools, (), budget_s)
        order = rank(result)
    screened = await best_harmless(brief, tools, tests.commit, result, order)
    broken = tuple(dict.fromkeys((*newly_failing(brief), *screened.broken)))
    if screened.chosen is None and broken:
        result = await _search(brief, tools, broken, budget_s)
        screened = await best_harmless(brief, tools, tests.commit, result, rank(result))
    if screened.chosen is None:
        return Patch(commit=None, fix=result, chosen=None, quality=(), note=_nothing(brief, result, earlier, broken))
    if screened.still_failing:
        tools.progress.noted(still_failing(screened.still_failing))
    patch = await _commit(brief, tools, parent=tests.commit, result=result, chosen=screened.chosen)
    return replace(
        patch,
        note=f"{patch.note} {still_failing(screened.still_failing)}".rstrip(),
        left_open=left_open(result, screened.chosen, screened.still_failing),
    )


async def _search(brief: Brief, tools: Tools, broken: tuple[TestId, ...], budget_s: float | None = None) -> FixResult:
    """Search for changes; `broken` are tests that earlier finds broke, and that come before all others then."""
    tests = brief.handover.tests
    group = choose_suite(tests.red, brief) if tests is not None else None
    if tests is None or group is None:
        return _empty("no suite of the project holds a red test")
    suite, failing = group
    kept = guards(brief, suite, failing)
    async with tools.workspaces.open(brief.repository, tests.commit) as workspace:
        request = FixRequest(
            workspace=workspace,
            environment=brief.environment,
            suite=suite,
            failing=failing,
            passing=tuple(test for test in broken if test in kept)[:MOST_BROKEN] or kept,
            suspect_paths=suspect_paths(brief),
            budget_s=budget_s or search_budget_s(brief),
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


def _nothing(brief: Brief, result: FixResult, earlier: Patch | None, broken: tuple[TestId, ...]) -> str:
    if broken:
        return f"Every change that was found breaks tests that pass today, such as {broken[0]}."
    if earlier is not None and result.fixes:
        return "Every change that was found has failed its verification."
    if result.candidates_tried == 0 and result.seconds > _MOST_OF_IT * search_budget_s(brief):
        return (
            f"The tests that must stay green take too long here: {result.seconds:.0f} s were over before a first try."
        )
    tried = f"{result.candidates_tried} candidates in {result.seconds:.0f} s"
    note = f": {result.note.rstrip('.')}" if result.note else ""
    return f"No change was found that turns the tests green ({tried}){note}."


def _empty(note: str) -> FixResult:
    return FixResult(fixes=(), suspects=(), distinguishing_input=None, candidates_tried=0, seconds=0.0, note=note)
