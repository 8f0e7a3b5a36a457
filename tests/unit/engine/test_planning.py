"""A plan, its hash, and the yes that is bound to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from eaa.domain.artefact import Requirement, WrittenTests
from eaa.domain.brief import Brief
from eaa.domain.criterion import Criterion
from eaa.domain.directive import DirectiveKind
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.kind import Kind
from eaa.domain.parked import PlanWaits
from eaa.domain.plan import APPROVAL_DAYS, is_approved
from eaa.engine.directives import tell
from eaa.engine.planning import make_plan, plan_lines, refuse_unapproved, subject_of
from tests.support.flow_world import make_desk, stored_run
from tests.support.role_world import RoleWorld, with_handover

RED = TestId("tests/test_a.py::test_c1_total")


async def make_brief() -> Brief:
    brief = await RoleWorld().brief({"a.py": ""}, "total() is wrong")
    criterion = Criterion(id=CriterionId("c1"), text="total() is right", source="total() is wrong")
    tests = WrittenTests(
        commit=brief.base,
        paths=(),
        tests=((CriterionId("c1"), (RED,)),),
        red=(RED,),
        green=(),
        wrong_reason=(),
    )
    return with_handover(brief, requirement=Requirement(Kind.BUG, "told", "Mend total", (criterion,)), tests=tests)


async def test_a_plan_says_what_will_be_true_and_which_test_is_red() -> None:
    lines = plan_lines(make_plan(await make_brief(), None))

    assert lines[:3] == ("plan: bug: Mend total", "  c1 total() is right", f"     red today: {RED}")


async def test_another_plan_has_another_hash() -> None:
    plan = make_plan(await make_brief(), None)

    assert subject_of(plan) == subject_of(replace(plan))
    assert subject_of(plan) != subject_of(replace(plan, title="Mend something else"))


async def test_only_a_yes_to_this_very_plan_lets_the_run_go_on() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    brief = replace(await make_brief(), run_id=run.id)
    plan = make_plan(brief, None)
    await tell(run.id, DirectiveKind.APPROVE, subject_of(replace(plan, title="Something else")), desk=desk)

    with pytest.raises(PlanWaits, match="Mend total"):
        await refuse_unapproved(plan, brief, desk)

    await tell(run.id, DirectiveKind.APPROVE, subject_of(plan), desk=desk)
    assert await refuse_unapproved(plan, brief, desk) == subject_of(plan)


async def test_a_yes_ends_after_some_days() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    await tell(run.id, DirectiveKind.APPROVE, "0" * 64, desk=desk)
    async with desk.store.begin() as session:
        directives = await session.directives.of_run(run.id)

    said_at = directives[0].created_at
    assert is_approved(directives, "0" * 64, now=said_at + timedelta(days=APPROVAL_DAYS))
    assert not is_approved(directives, "0" * 64, now=said_at + timedelta(days=APPROVAL_DAYS, seconds=1))
