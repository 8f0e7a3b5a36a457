"""The plan of a run: made by code from what PM, SA and QA left, shown to a person, approved by its hash."""

from collections.abc import Sequence

from eaa.domain.brief import Brief
from eaa.domain.completion import TokenUsage
from eaa.domain.ids import TestId
from eaa.domain.parked import PlanWaits
from eaa.domain.plan import Estimate, Plan, PlannedCriterion, is_approved
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.brief import estimate_tokens, render_brief
from eaa.engine.codec import encode
from eaa.engine.journal import Desk
from eaa.kit.bounded import bound_text, printable
from eaa.kit.digest import sha256_hex

_FEWEST_ANSWERS, _MOST_ANSWERS = 5, 40
"""Of an author: a change of one place, and one that takes long to find."""
_FRAME_TOKENS = 1_200
"""System text and tools."""
_TURN_TOKENS, _ANSWER_TOKENS = 700, 300
"""What an answer and its results add to the next prompt, and how much of it the model wrote."""
_MOST_PATHS = 8
_LINE_CHARACTERS = 200


def make_plan(brief: Brief, agents: AgentDesk | None) -> Plan:
    """Return the plan of what stands in a brief; it needs a requirement."""
    requirement, tests, code_map = brief.handover.requirement, brief.handover.tests, brief.handover.code_map
    assert requirement is not None
    of_criteria = dict(tests.tests) if tests is not None else {}
    return Plan(
        kind=requirement.kind,
        title=requirement.title,
        criteria=tuple(
            PlannedCriterion(one.id, one.text, of_criteria.get(one.id, one.tests)) for one in requirement.criteria
        ),
        tests_commit=tests.commit if tests is not None else brief.base,
        red=tests.red if tests is not None else (),
        paths=tuple(path for path, _ in code_map.ranked_paths[:_MOST_PATHS]) if code_map is not None else (),
        decision_needed=code_map.decision_needed if code_map is not None else "",
        design=code_map.decision.pattern if code_map is not None and code_map.decision is not None else "",
        estimate=_estimate(brief, agents) if agents is not None and brief.has_model else None,
    )


def subject_of(plan: Plan) -> str:
    """Return the hash that an approval is bound to; another plan has another one."""
    return sha256_hex(encode(plan))


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """Return the plan as a person reads it."""
    lines = [f"plan: {plan.kind}: {plan.title}"]
    for criterion in plan.criteria:
        lines.append(f"  {criterion.id} {criterion.text}")
        lines += [f"     {_standing(test, plan.red)} {test}" for test in criterion.tests[:4]]
    if plan.paths:
        lines.append(f"  where: {', '.join(plan.paths)}")
    if plan.design:
        lines.append(f"  design, in a model's words: {plan.design}")
    elif plan.decision_needed:
        lines.append(f"  needs a decision: {plan.decision_needed}")
    if plan.estimate is not None:
        lines.append(f"  the author's model, likely: {estimate_words(plan.estimate)}")
    return tuple(printable(bound_text(line, limit_characters=_LINE_CHARACTERS)) for line in lines)


def estimate_words(estimate: Estimate) -> str:
    """Return an estimate in words."""
    answers = f"{estimate.fewest_answers} to {estimate.most_answers} answers"
    tokens = f"{estimate.least_tokens:,} to {estimate.most_tokens:,} tokens"
    if estimate.least_microusd is None or estimate.most_microusd is None:
        return f"{answers}, {tokens}, price not known"
    return f"{answers}, {tokens}, {estimate.least_microusd / 1e6:.3f} to {estimate.most_microusd / 1e6:.3f} USD"


async def refuse_unapproved(plan: Plan, brief: Brief, desk: Desk) -> str:
    """Return the hash of a plan that a person has approved.

    Raises:
        PlanWaits: Nobody has, or not this very plan, or too long ago.
    """
    subject = subject_of(plan)
    async with desk.store.begin() as session:
        directives = await session.directives.of_run(brief.run_id)
    if not is_approved(directives, subject, now=desk.clock.now()):
        raise PlanWaits(run_id=brief.run_id, plan="\n".join(plan_lines(plan)), subject_sha256=subject)
    return subject


def _standing(test: TestId, red: Sequence[TestId]) -> str:
    return "red today:" if test in red else "test:"


def _estimate(brief: Brief, agents: AgentDesk) -> Estimate:
    start = _FRAME_TOKENS + estimate_tokens(render_brief(brief))
    least, most = _usage(_FEWEST_ANSWERS, start), _usage(_MOST_ANSWERS, start)
    return Estimate(
        fewest_answers=_FEWEST_ANSWERS,
        most_answers=_MOST_ANSWERS,
        least_tokens=least.total_tokens,
        most_tokens=most.total_tokens,
        least_microusd=agents.price_of(least),
        most_microusd=agents.price_of(most),
    )


def _usage(answers: int, start: int) -> TokenUsage:
    """Return the tokens of a conversation whose prompts grow evenly and are read from the provider's cache."""
    fresh = start + _TURN_TOKENS * (answers - 1)
    prompts = answers * start + _TURN_TOKENS * answers * (answers - 1) // 2
    return TokenUsage(input_tokens=fresh, cached_input_tokens=prompts - fresh, output_tokens=_ANSWER_TOKENS * answers)
