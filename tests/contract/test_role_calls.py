"""What every keeper of role calls promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from eaa.domain.crashes import ALONE_AFTER
from eaa.domain.errors import RoleCallNotFound, RunFenced
from eaa.domain.ids import DEFAULT_ORGANISATION, BlobId, OrganisationId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState, QueueLimits, RoleCall
from eaa.domain.run import ENDED_STATES, RunState
from tests.contract.conftest import QueuesUnderTest
from tests.makers import NOON, make_run

RUN = RunId("run_1")
NO_LIMITS = QueueLimits()
BRIEF, ARTEFACT = BlobId("sha256:" + "a" * 64), BlobId("sha256:" + "b" * 64)


def make_call(name: str = "patch 1", *, number: int = 1, role: RoleName = RoleName.SD, priority: int = 0) -> RoleCall:
    return RoleCall(
        id=RoleCallId(f"rcl_{number:03}"),
        organisation_id=DEFAULT_ORGANISATION,
        role=role,
        run_id=RUN,
        generation=1,
        name=name,
        brief=BRIEF,
        priority=priority,
        state=CallState.QUEUED,
        created_at=NOON + timedelta(seconds=number),
    )


async def with_run(queues: QueuesUnderTest, *calls: RoleCall) -> None:
    async with queues.store.begin() as session:
        await session.runs.add(make_run())
    for call in calls:
        await queues.calls.put(call)


async def test_a_call_comes_back_as_it_was_put(queues: QueuesUnderTest) -> None:
    call = make_call()

    assert await queues.calls.put(call) == call
    assert await queues.calls.get(call.id) == call
    assert await queues.calls.of_run(RUN) == (call,)
    assert await queues.calls.waiting(RoleName.SD) == 1


async def test_an_unknown_call_is_an_error(queues: QueuesUnderTest) -> None:
    nobody = RoleCallId("nobody")
    with pytest.raises(RoleCallNotFound):
        await queues.calls.get(nobody)
    with pytest.raises(RoleCallNotFound):
        await queues.calls.finish(nobody, owner_slot="role-sd-0", artefact=ARTEFACT)


async def test_the_same_call_put_again_is_the_first_one(queues: QueuesUnderTest) -> None:
    await queues.calls.put(make_call(number=1))

    again = await queues.calls.put(make_call(number=2))

    assert again.id == "rcl_001"
    assert await queues.calls.waiting(RoleName.SD) == 1


async def test_calls_of_one_role_are_taken_by_priority_and_then_by_age(queues: QueuesUnderTest) -> None:
    other = make_call("tests 1", number=9, role=RoleName.QA)
    await with_run(
        queues, make_call("a", number=2), make_call("b", number=1), make_call("c", number=3, priority=-1), other
    )

    taken = [await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS) for _ in range(4)]

    assert [call and call.name for call in taken] == ["c", "b", "a", None]
    assert taken[0] is not None
    assert (taken[0].state, taken[0].owner_slot) == (CallState.RUNNING, "role-sd-0")
    assert taken[0].started_at is not None
    assert [call.name for call in await queues.calls.running("role-sd-0")] == ["b", "a", "c"]


async def test_many_takers_share_many_calls_without_a_double(queues: QueuesUnderTest) -> None:
    await with_run(queues, *(make_call(f"work {number}", number=number) for number in range(60)))
    taken: list[RoleCallId] = []

    async def take_all(slot: str) -> None:
        while True:
            call = await queues.calls.take(RoleName.SD, owner_slot=slot, limits=QueueLimits(at_once=100))
            if call is None:
                return
            taken.append(call.id)

    await asyncio.gather(*(take_all(f"role-sd-{number}") for number in range(4)))

    assert len(taken) == len(set(taken)) == 60


async def test_what_came_of_a_call_is_kept(queues: QueuesUnderTest) -> None:
    await with_run(queues, make_call("a", number=1), make_call("b", number=2))
    for _ in range(2):
        await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)

    await queues.calls.finish(RoleCallId("rcl_001"), owner_slot="role-sd-0", artefact=ARTEFACT)
    await queues.calls.fail(RoleCallId("rcl_002"), owner_slot="role-sd-0", fault=b"{}")

    done, failed = await queues.calls.of_run(RUN)
    assert (done.state, done.artefact, done.ended_at is None) == (CallState.DONE, ARTEFACT, False)
    assert (failed.state, failed.fault, failed.ended_at is None) == (CallState.FAILED, b"{}", False)


async def test_only_who_works_on_a_call_may_end_it_and_only_once(queues: QueuesUnderTest) -> None:
    await with_run(queues, make_call())
    call_id = RoleCallId("rcl_001")
    with pytest.raises(RunFenced):
        await queues.calls.finish(call_id, owner_slot="role-sd-0", artefact=ARTEFACT)
    await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)
    with pytest.raises(RunFenced):
        await queues.calls.finish(call_id, owner_slot="role-sd-1", artefact=ARTEFACT)

    await queues.calls.finish(call_id, owner_slot="role-sd-0", artefact=ARTEFACT)

    with pytest.raises(RunFenced):
        await queues.calls.fail(call_id, owner_slot="role-sd-0", fault=b"{}")
    assert (await queues.calls.get(call_id)).state is CallState.DONE


async def test_a_call_of_an_older_generation_is_refused_and_handed_out_no_more(queues: QueuesUnderTest) -> None:
    await with_run(queues, make_call("a", number=1), make_call("b", number=2))
    await queues.calls.put(replace(make_call("c", number=3), generation=2))
    await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)
    async with queues.store.begin() as session:
        await session.runs.take_over(RUN, owner_slot="dispatcher-1")

    with pytest.raises(RunFenced):
        await queues.calls.finish(RoleCallId("rcl_001"), owner_slot="role-sd-0", artefact=ARTEFACT)
    taken = await queues.calls.take(RoleName.SD, owner_slot="role-sd-1", limits=NO_LIMITS)

    assert taken is not None
    assert taken.name == "c"
    assert (await queues.calls.get(RoleCallId("rcl_002"))).state is CallState.CANCELLED


async def test_no_more_run_at_once_than_the_installation_allows(queues: QueuesUnderTest) -> None:
    await with_run(queues, *(make_call(f"work {number}", number=number) for number in range(1, 4)))
    limits = QueueLimits(at_once=1)
    first = await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=limits)
    assert first is not None

    assert await queues.calls.take(RoleName.SD, owner_slot="role-sd-1", limits=limits) is None

    await queues.calls.finish(first.id, owner_slot="role-sd-0", artefact=ARTEFACT)
    assert await queues.calls.take(RoleName.SD, owner_slot="role-sd-1", limits=limits) is not None


async def test_an_organisation_at_its_limit_does_not_hold_up_the_others(queues: QueuesUnderTest) -> None:
    await with_run(queues, *(make_call(f"work {number}", number=number) for number in range(1, 4)))
    other = replace(make_call("other", number=9), organisation_id=OrganisationId("org_other"))
    await queues.calls.put(other)
    limits = QueueLimits(at_once_an_organisation=1)
    await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=limits)

    taken = await queues.calls.take(RoleName.SD, owner_slot="role-sd-1", limits=limits)

    assert (
        taken == replace(other, state=taken.state, owner_slot="role-sd-1", started_at=taken.started_at) if taken else 0
    )


async def test_no_more_begin_in_a_minute_than_allowed(queues: QueuesUnderTest) -> None:
    await with_run(queues, *(make_call(f"work {number}", number=number) for number in range(1, 4)))
    limits = QueueLimits(starts_a_minute=2)
    taken = [await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=limits) for _ in range(3)]

    assert [call is not None for call in taken] == [True, True, False]


async def test_a_call_that_has_to_be_alone_waits_for_an_idle_slot_and_holds_up_what_is_behind_it(
    queues: QueuesUnderTest,
) -> None:
    lone = replace(make_call("lone", number=2), is_alone=True)
    await with_run(queues, make_call("before", number=1), lone, make_call("behind", number=3))

    async def take(slot: str, *, is_busy: bool) -> str | None:
        call = await queues.calls.take(RoleName.SD, owner_slot=slot, limits=NO_LIMITS, is_busy=is_busy)
        return None if call is None else call.name

    assert await take("role-sd-0", is_busy=True) == "before"
    assert await take("role-sd-0", is_busy=True) is None
    assert await queues.calls.waiting(RoleName.SD) == 2
    assert await take("role-sd-1", is_busy=False) == "lone"
    assert await take("role-sd-0", is_busy=True) == "behind"
    assert (await queues.calls.get(lone.id)).is_alone


async def test_a_call_that_has_to_be_alone_and_is_worth_nothing_holds_up_nobody(queues: QueuesUnderTest) -> None:
    lone = replace(make_call("lone", number=1), is_alone=True)
    await with_run(queues, lone, replace(make_call("behind", number=2), generation=2))
    async with queues.store.begin() as session:
        await session.runs.take_over(RUN, owner_slot="dispatcher-1")

    taken = await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS, is_busy=True)

    assert taken is not None
    assert taken.name == "behind"
    assert (await queues.calls.get(lone.id)).state is CallState.CANCELLED


async def test_a_call_that_has_to_be_alone_still_has_to_when_it_was_given_back(queues: QueuesUnderTest) -> None:
    await with_run(queues, replace(make_call(), is_alone=True))
    await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)

    await queues.calls.give_back("role-sd-0")

    assert await queues.calls.take(RoleName.SD, owner_slot="role-sd-1", limits=NO_LIMITS, is_busy=True) is None
    assert await queues.calls.take(RoleName.SD, owner_slot="role-sd-1", limits=NO_LIMITS) is not None


async def test_only_what_a_process_left_that_has_crashed_counts_and_from_the_third_time_on_it_has_to_be_alone(
    queues: QueuesUnderTest,
) -> None:
    await with_run(queues, call := make_call())
    found: list[tuple[int, bool]] = []
    for has_crashed in (True, False, True, True):
        await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)
        (given,) = await queues.calls.give_back("role-sd-0", has_crashed=has_crashed)
        assert given == await queues.calls.get(call.id)
        found.append((given.crashes, given.has_to_be_alone))

    assert found == [(1, False), (1, False), (2, False), (ALONE_AFTER, True)]
    assert await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS, is_busy=True) is None


async def test_what_is_given_back_is_taken_again(queues: QueuesUnderTest) -> None:
    await with_run(queues, make_call("a", number=1), make_call("b", number=2))
    for _ in range(2):
        await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)

    given = await queues.calls.give_back("role-sd-0", but=[RoleCallId("rcl_002")])

    assert [(call.id, call.state, call.owner_slot) for call in given] == [("rcl_001", CallState.QUEUED, None)]
    taken = await queues.calls.take(RoleName.SD, owner_slot="role-sd-1", limits=NO_LIMITS)
    assert taken is not None
    assert taken.id == "rcl_001"


async def test_cancelled_calls_say_who_worked_on_them_and_ended_ones_stay(queues: QueuesUnderTest) -> None:
    await with_run(queues, make_call("a", number=1), make_call("b", number=2), make_call("c", number=3))
    await queues.calls.put(replace(make_call("d", number=4), generation=2))
    for _ in range(2):
        await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)
    await queues.calls.finish(RoleCallId("rcl_001"), owner_slot="role-sd-0", artefact=ARTEFACT)

    cancelled = await queues.calls.cancel(RUN, up_to_generation=1)

    assert [(call.name, call.owner_slot) for call in cancelled] == [("b", "role-sd-0"), ("c", None)]
    states = [call.state for call in await queues.calls.of_run(RUN)]
    assert states == [CallState.DONE, CallState.CANCELLED, CallState.CANCELLED, CallState.QUEUED]
    assert [call.name for call in await queues.calls.cancel(RUN)] == ["d"]


async def test_one_call_is_cancelled_and_an_ended_one_stays(queues: QueuesUnderTest) -> None:
    await with_run(queues, make_call("a", number=1), make_call("b", number=2))
    await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS)

    cancelled = await queues.calls.cancel_one(RoleCallId("rcl_001"))
    again = await queues.calls.cancel_one(RoleCallId("rcl_001"))

    assert (cancelled.state, cancelled.owner_slot, cancelled.ended_at is None) == (
        CallState.CANCELLED,
        "role-sd-0",
        False,
    )
    assert again == cancelled
    assert (await queues.calls.get(RoleCallId("rcl_002"))).state is CallState.QUEUED
    with pytest.raises(RunFenced):
        await queues.calls.finish(RoleCallId("rcl_001"), owner_slot="role-sd-0", artefact=ARTEFACT)
    with pytest.raises(RoleCallNotFound):
        await queues.calls.cancel_one(RoleCallId("nobody"))


@pytest.mark.parametrize("state", sorted(ENDED_STATES))
async def test_a_call_of_a_run_that_is_over_is_handed_out_no_more(queues: QueuesUnderTest, state: RunState) -> None:
    call = make_call()
    await with_run(queues, call)
    async with queues.store.begin() as session:
        await session.runs.update(replace(make_run(), state=state))

    assert await queues.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=NO_LIMITS) is None
    assert (await queues.calls.get(call.id)).state is CallState.CANCELLED
