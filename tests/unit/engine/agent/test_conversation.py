"""How a conversation that did not end with its work parks the run."""

from dataclasses import replace

import pytest

from eaa.adapters.memory.models import ScriptedModels
from eaa.domain.budget import Amount
from eaa.domain.errors import EaaError, RunStopped
from eaa.domain.ids import RunId
from eaa.domain.parked import LimitReached, ModelGaveUp, ModelStuck, PersonAsked
from eaa.domain.role import RoleName
from eaa.domain.transcript import Ended, EndReason
from eaa.engine.agent.conversation import Assignment, limits_of, refuse_unfinished
from eaa.engine.agent.limits import LEAST_TOKENS, Limits
from tests.support.agent_world import AgentWorld
from tests.support.role_world import RoleWorld

RUN = RunId("run_01ABCDEFGH")


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        (EndReason.ASKED, PersonAsked),
        (EndReason.LIMIT, LimitReached),
        (EndReason.STUCK, ModelStuck),
        (EndReason.FAULT, ModelGaveUp),
        (EndReason.STOPPED, RunStopped),
    ],
)
def test_every_end_but_submitting_waits_for_somebody(why: EndReason, kind: type[EaaError]) -> None:
    with pytest.raises(kind) as caught:
        refuse_unfinished(Ended(why, "Gross or net?", ("gross", "net")), RUN)

    assert vars(caught.value)["run_id"] == RUN
    if why is EndReason.ASKED:
        assert "Gross or net? (gross | net)" in str(caught.value)


def test_what_was_submitted_is_an_end() -> None:
    refuse_unfinished(Ended(EndReason.SUBMITTED, "Done."), RUN)


@pytest.mark.parametrize(
    ("limit", "hint"), [("80 answers of the model", "grants as much again"), ("0.30 USD", "--budget-usd")]
)
def test_only_money_has_to_be_raised(limit: str, hint: str) -> None:
    with pytest.raises(LimitReached) as reached:
        refuse_unfinished(Ended(EndReason.LIMIT, limit), RunId("run_1"))

    assert hint in reached.value.hint


async def test_a_tester_is_held_to_its_share_of_what_the_run_may_spend() -> None:
    agent = AgentWorld({"a.py": ""}, ScriptedModels())
    brief = await RoleWorld().brief({"a.py": ""}, "Mend it")
    assignment = Assignment("tester", RoleName.QA, "agent/tester", brief.base, share=0.25)

    async def two_dollars(_: RunId) -> Amount | None:
        return Amount(cost_microusd=2_000_000, unpriced_tokens=200_000)

    unpriced = await limits_of(assignment, brief, replace(agent.agents(), budget_of=two_dollars))
    priced = await limits_of(assignment, brief, replace(agent.agents(), budget_of=two_dollars, price_of=lambda _: 1))

    assert (unpriced.cost_microusd, unpriced.tokens) == (500_000, LEAST_TOKENS)
    assert (priced.cost_microusd, priced.tokens) == (500_000, Limits().tokens // 4)
