"""A change that should become a pull request is pushed and proposed, each of it once."""

import pytest
from typing_extensions import override

from eaa.adapters.memory.code_host import MemoryCodeHost
from eaa.adapters.memory.workflow import open_memory_workflows
from eaa.domain.artefact import Change
from eaa.domain.effect import EffectKind, EffectState
from eaa.domain.errors import ApprovalMissing, CodeHostUnreachable, EffectRefused
from eaa.domain.fix import Confidence
from eaa.domain.ids import RunId
from eaa.domain.origin import Origin
from eaa.engine.approvals import approve
from eaa.engine.codec import decode
from eaa.engine.intake import take_over
from eaa.engine.workflows.order import ChangeResult, Proposal
from eaa.ports.code_host import PullRequest
from tests.support.flow_world import FlowWorld, argument_of, event_types
from tests.support.role_world import ListedFixer, make_fix
from tests.support.tiny_world import REPOSITORY

FILES = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "tests/test_calc.py": "from calc import add\ndef test_add():\n    assert add(2, 3) == 5\n",
}
TEXT = "Make the tests pass"
ELSEWHERE = Proposal(repository="octo/shop", address="https://github.test/octo/shop.git", base_branch="main")
HERE = Proposal(repository="octo/shop", address=REPOSITORY.source, base_branch="main")


def fixing() -> FlowWorld:
    """Return a world whose fixer knows the right answer."""
    fix = make_fix("calc.py", "def add(a, b):\n    return a + b\n", confidence=Confidence.HIGH)
    return FlowWorld(fixer=ListedFixer(fix))


async def ledger(world: FlowWorld, run_id: RunId) -> list[tuple[EffectKind, str, EffectState]]:
    """Return kind, target and state of a run's effects, oldest first."""
    async with world.desk.store.begin() as session:
        return [(effect.kind, effect.target, effect.state) for effect in await session.effects.of_run(run_id)]


async def test_from_a_clone_the_branch_is_made_here_and_pushed_there() -> None:
    world = fixing()

    result = await world.change(FILES, TEXT, proposal=ELSEWHERE)

    assert result.branch is not None
    assert result.pull_request_address == "memory://pull/1"
    assert world.repositories.branches == {
        (REPOSITORY.source, result.branch): result.head,
        (ELSEWHERE.address, result.branch): result.head,
    }
    assert await ledger(world, result.run_id) == [
        (EffectKind.PUBLISH_BRANCH, REPOSITORY.source, EffectState.CONFIRMED),
        (EffectKind.PUSH_BRANCH, ELSEWHERE.address, EffectState.CONFIRMED),
        (EffectKind.OPEN_PULL_REQUEST, "octo/shop", EffectState.CONFIRMED),
    ]
    assert (await event_types(world.desk, result.run_id))[-4:] == [
        "branch.published",
        "branch.published",
        "pull_request.opened",
        "run.ended",
    ]


async def test_in_the_code_hosts_own_repository_the_branch_is_published_once() -> None:
    world = fixing()

    result = await world.change(FILES, TEXT, proposal=HERE)

    assert len(world.repositories.publishings) == 1
    assert world.code_hosts.host.writes == [f"open {result.branch}"]
    read = await world.code_hosts.host.read_pull_request(1)
    assert result.pull_request is not None
    assert (read.title, read.body, read.base_branch) == (result.pull_request.title, result.pull_request.body, "main")


async def test_without_the_wish_nothing_is_proposed() -> None:
    world = fixing()

    result = await world.change(FILES, TEXT)

    assert result.pull_request_address is None
    assert world.code_hosts.host.writes == []


class LosingAnswers(MemoryCodeHost):
    """Opens pull requests, and the first answer is lost on its way back."""

    @override
    async def open_pull_request(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        opened = await super().open_pull_request(branch=branch, base=base, title=title, body=body)
        if len(self.writes) == 1:
            self.writes.append("lost")
            raise CodeHostUnreachable("the answer was lost")
        return opened


async def test_a_pull_request_whose_answer_was_lost_is_found_by_the_resumed_run() -> None:
    world = fixing()
    world.code_hosts.host = LosingAnswers()
    opened = await world.open(FILES, TEXT, proposal=HERE)
    run_id = opened.run.id
    async with open_memory_workflows(table={"change": world.flow()}, records=world.records) as workflows:
        await workflows.start("change", run_id=run_id, generation=1, argument=argument_of(opened))
        with pytest.raises(CodeHostUnreachable):
            await workflows.result(run_id)
        taken = await take_over(opened.run, owner_slot="cli-1", desk=world.desk)
        await workflows.resume(run_id, generation=taken.run.generation)
        result = decode(await workflows.result(run_id), ChangeResult)

    assert result.pull_request_address == "memory://pull/1"
    assert world.code_hosts.host.writes == [f"open {result.branch}", "lost"]
    assert len(world.repositories.publishings) == 1


async def test_what_an_outsider_asked_for_stays_here_until_a_person_approves_its_commit() -> None:
    world = fixing()
    opened = await world.open(FILES, TEXT, proposal=ELSEWHERE, origin=Origin.OUTSIDE_CONTRIBUTOR)
    run_id = opened.run.id
    async with open_memory_workflows(table={"change": world.flow()}, records=world.records) as workflows:
        await workflows.start("change", run_id=run_id, generation=1, argument=argument_of(opened))
        with pytest.raises(ApprovalMissing) as held:
            await workflows.result(run_id)
        assert world.code_hosts.host.writes == []
        assert [place for place, _ in world.repositories.branches] == [REPOSITORY.source]
        taken = await take_over(opened.run, owner_slot="cli-1", desk=world.desk)
        await approve(held.value.commit, run=taken.run, desk=world.desk)
        await workflows.resume(run_id, generation=taken.run.generation)
        result = decode(await workflows.result(run_id), ChangeResult)

    assert (result.head, result.pull_request_address) == (held.value.commit, "memory://pull/1")
    assert world.code_hosts.host.writes == [f"open {result.branch}"]
    async with world.desk.store.begin() as session:
        events = await session.events.of_run(run_id)
        effects = await session.effects.of_run(run_id)
    said = {event.origin for event in events if event.type != "effect.approved"}
    assert said == {effect.origin for effect in effects} == {Origin.OUTSIDE_CONTRIBUTOR}
    assert result.evidence is not None
    assert result.evidence.origin is Origin.OUTSIDE_CONTRIBUTOR
    assert result.pull_request is not None
    assert "outside contributor" in result.pull_request.body


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", ".gitlab-ci.yml", ".ci/run"])
async def test_an_edit_of_ci_that_an_outsiders_request_led_to_is_not_even_published_here(path: str) -> None:
    world = fixing()
    opened = await world.open(FILES, TEXT, origin=Origin.OUTSIDE_CONTRIBUTOR)
    head = world.repositories.add({**FILES, path: "run: curl\n"})
    change = Change(head=head, commits=(head,), branch="eaa/add", subject="fix: add")

    with pytest.raises(EffectRefused, match="continuous integration"):
        await world.publisher(opened).publish_branch(change)

    assert world.repositories.branches == {}


async def test_an_edit_of_ci_that_a_member_asked_for_is_published_here_and_pushed_when_approved() -> None:
    world = fixing()
    opened = await world.open(FILES, TEXT, proposal=ELSEWHERE)
    head = world.repositories.add({**FILES, ".github/workflows/ci.yml": "run: make\n"})
    change = Change(head=head, commits=(head,), branch="eaa/add", subject="fix: add")
    publisher = world.publisher(opened)
    await publisher.publish_branch(change)
    with pytest.raises(ApprovalMissing, match="continuous integration"):
        await publisher.push_branch(change, ELSEWHERE)

    await approve(head, run=opened.run, desk=world.desk)

    assert await publisher.push_branch(change, ELSEWHERE) == ELSEWHERE.address
    assert len(world.repositories.branches) == 2
