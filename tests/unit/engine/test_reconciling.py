"""A write whose end nobody saw is settled by what the outside shows, and never by anything else."""

from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from eaa.adapters.memory.code_host import MemoryCodeHosts
from eaa.adapters.memory.slots import MemorySlots
from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.errors import InvalidRequest, RepositoryUnusable, RunAlive
from eaa.domain.ids import CommitId, EffectId, RunId
from eaa.domain.repository import Repository
from eaa.domain.run import RunState
from eaa.engine.intake import open_run
from eaa.engine.journal import Desk
from eaa.engine.reconciling import Reconciling
from eaa.kit.digest import sha256_hex
from tests.makers import make_effect
from tests.support.flow_world import PublishingRepositories, event_types, make_desk, make_request
from tests.support.tiny_world import REPOSITORY

HEAD, OTHER = CommitId("a" * 40), CommitId("b" * 40)
ELSEWHERE = "https://host.example/shop.git"


class Gone(PublishingRepositories):
    """A source that does not answer."""

    @override
    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        raise RepositoryUnusable(source=repository.source, because="it is gone", hint="Bring it back.")


@dataclass
class World:
    """An open write of a run that waits."""

    desk: Desk = field(default_factory=make_desk)
    slots: MemorySlots = field(default_factory=MemorySlots)
    repositories: PublishingRepositories = field(default_factory=PublishingRepositories)
    code_hosts: MemoryCodeHosts = field(default_factory=MemoryCodeHosts)
    run_id: RunId = field(init=False)

    @property
    def reconciling(self) -> Reconciling:
        return Reconciling(desk=self.desk, slots=self.slots, repositories=self.repositories, code_hosts=self.code_hosts)

    async def left_open(
        self, kind: EffectKind, *, target: str, marker: str, state: RunState = RunState.WAITING
    ) -> Effect:
        opened = await open_run(make_request("Fix the discount"), owner_slot="dispatcher-0", desk=self.desk)
        self.run_id = opened.run.id
        effect = replace(
            make_effect(run_id=self.run_id, state=EffectState.INTENDED),
            kind=kind,
            target=target,
            marker=marker,
            payload_sha256=sha256_hex(HEAD.encode()),
        )
        async with self.desk.store.begin() as session:
            await session.runs.update(replace(opened.run, state=state))
            return await session.effects.intend(effect)

    async def stored(self, effect: Effect) -> Effect:
        async with self.desk.store.begin() as session:
            return await session.effects.get(effect.id)


@pytest.mark.parametrize(
    ("kind", "target", "marker"),
    [
        (EffectKind.PUBLISH_BRANCH, REPOSITORY.source, "eaa/fix"),
        (EffectKind.PUSH_BRANCH, ELSEWHERE, "me/shop:eaa/fix"),
    ],
    ids=["here", "elsewhere"],
)
async def test_a_branch_that_is_there_is_confirmed_and_one_that_is_not_stays_open(
    kind: EffectKind, target: str, marker: str
) -> None:
    world = World()
    effect = await world.left_open(kind, target=target, marker=marker)
    absent = await world.reconciling.settle(effect.id)
    world.repositories.branches[target, "eaa/fix"] = OTHER
    another = await world.reconciling.settle(effect.id)
    world.repositories.branches[target, "eaa/fix"] = HEAD
    settled = await world.reconciling.settle(effect.id)

    assert [one.state for one in (absent, another)] == [EffectState.INTENDED, EffectState.INTENDED]
    assert (settled.state, settled.receipt) == (EffectState.CONFIRMED, HEAD)
    assert await world.stored(effect) == settled
    assert (await event_types(world.desk, world.run_id))[-1] == "effect.confirmed"
    assert world.repositories.publishings == []


async def test_a_pull_request_that_is_there_is_confirmed_with_its_address() -> None:
    world = World()
    effect = await world.left_open(EffectKind.OPEN_PULL_REQUEST, target="me/shop", marker="eaa/fix")
    absent = await world.reconciling.settle(effect.id)
    opened = await world.code_hosts.host.open_pull_request(branch="eaa/fix", base="main", title="Fix", body="")
    writes = list(world.code_hosts.host.writes)
    settled = await world.reconciling.settle(effect.id)

    assert absent.state is EffectState.INTENDED
    assert (settled.state, settled.receipt) == (EffectState.CONFIRMED, opened.address)
    assert world.code_hosts.host.writes == writes


async def test_while_somebody_works_on_the_run_it_is_theirs_to_settle() -> None:
    world = World()
    effect = await world.left_open(
        EffectKind.PUBLISH_BRANCH, target=REPOSITORY.source, marker="eaa/fix", state=RunState.RUNNING
    )
    world.repositories.branches[REPOSITORY.source, "eaa/fix"] = HEAD
    async with world.slots.hold("dispatcher-0"):
        with pytest.raises(RunAlive):
            await world.reconciling.settle(effect.id)

    assert (await world.stored(effect)).state is EffectState.INTENDED


async def test_what_is_settled_is_not_settled_again() -> None:
    world = World()
    effect = await world.left_open(EffectKind.PUBLISH_BRANCH, target=REPOSITORY.source, marker="eaa/fix")
    world.repositories.branches[REPOSITORY.source, "eaa/fix"] = HEAD
    await world.reconciling.settle(effect.id)

    with pytest.raises(InvalidRequest, match="already"):
        await world.reconciling.settle(effect.id)


async def test_an_outside_that_does_not_answer_keeps_the_rest_from_nothing() -> None:
    world = World(repositories=Gone())
    effect = await world.left_open(EffectKind.PUBLISH_BRANCH, target=REPOSITORY.source, marker="eaa/fix")
    pull_request = replace(
        effect, id=EffectId("eff_2"), kind=EffectKind.OPEN_PULL_REQUEST, target="me/shop", marker="eaa/fix"
    )
    async with world.desk.store.begin() as session:
        await session.effects.intend(pull_request)
    await world.code_hosts.host.open_pull_request(branch="eaa/fix", base="main", title="Fix", body="")

    still_open = await world.reconciling.settle_each([effect, pull_request])

    assert [one.id for one in still_open] == [effect.id]
    assert (await world.stored(pull_request)).state is EffectState.CONFIRMED
