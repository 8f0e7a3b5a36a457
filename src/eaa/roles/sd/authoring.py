"""A change that a model writes: first the quick search without one, then the model with what the search found."""

from dataclasses import replace

from eaa.domain.artefact import Patch
from eaa.domain.brief import Brief
from eaa.domain.fix import Confidence
from eaa.domain.kind import Kind
from eaa.engine.agent.author import CONTEXT, work_as_author
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.tools import Tools
from eaa.kit.bounded import bound_text, printable

REPAIR_FIRST_S = 20.0
"""What a search may take before a model is asked; where it is sure, no model is needed."""
_MOST_SUSPECTS = 6
_DIFF_CHARACTERS = 1_200


async def is_worth_searching(brief: Brief, agents: AgentDesk) -> bool:
    """Return whether the search comes first: for a bug with red tests, before the model has begun."""
    requirement, tests = brief.handover.requirement, brief.handover.tests
    if requirement is None or requirement.kind is not Kind.BUG or tests is None or brief.handover.bug_reports:
        return False
    async with agents.desk.store.begin() as session:
        return CONTEXT not in await session.transcripts.contexts(brief.run_id)


def is_sure(patch: Patch) -> bool:
    """Return whether a repair is good enough to need no model."""
    return patch.chosen is not None and patch.fix.fixes[patch.chosen].confidence is Confidence.HIGH


def facts_of(searched: Patch | None, brief: Brief) -> str:
    """Return what is known without a model: suspected lines, a candidate that may be wrong, a failed verification."""
    lines = []
    if searched is not None:
        lines += [
            f"suspected: {suspect.path}:{suspect.line}" + (f" in {suspect.symbol}" if suspect.symbol else "")
            for suspect in searched.fix.suspects[:_MOST_SUSPECTS]
        ]
        if searched.chosen is not None:
            diff = bound_text(searched.fix.fixes[searched.chosen].diff, limit_characters=_DIFF_CHARACTERS)
            lines += ["this change turns the tests green and may be wrong all the same:", diff]
    earlier = brief.handover.patch
    if brief.handover.bug_reports and earlier is not None and not earlier.author:
        lines += ["a repair was tried and failed its verification:", brief.handover.bug_reports[-1].text]
    return "\n".join(printable(line) for text in lines for line in text.splitlines())


async def write_change(brief: Brief, tools: Tools, agents: AgentDesk, *, searched: Patch | None) -> Patch:
    """Return the change of a model, not yet committed: `commit` is None.

    Raises:
        WorkParked: The model did not come to an end.
    """
    authored = await work_as_author(brief, tools, agents, facts=facts_of(searched, brief))
    earlier = brief.handover.patch
    first_round = earlier.first_round if earlier is not None and earlier.author else len(brief.handover.bug_reports) + 1
    patch = Patch(
        commit=None,
        fix=authored.result,
        chosen=0 if authored.result.fixes else None,
        quality=(),
        note=authored.note or authored.result.note,
        author=authored.model,
        first_round=first_round,
        spent=authored.spent,
    )
    return patch if authored.result.fixes else replace(patch, note=authored.result.note)
