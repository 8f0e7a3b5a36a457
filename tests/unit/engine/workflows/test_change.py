"""A request becomes a branch with evidence, or an honest end without one."""

import asyncio
from dataclasses import replace

import pytest
from typing_extensions import override

from eaa.adapters.memory.workflow import open_memory_workflows
from eaa.domain.artefact import Artefact, CodeMap
from eaa.domain.brief import Brief, Stage
from eaa.domain.directive import DirectiveKind
from eaa.domain.errors import EaaError, InvalidRequest, RunPaused, RunStopped
from eaa.domain.fix import Confidence
from eaa.domain.ids import RunId
from eaa.domain.kind import Kind
from eaa.domain.role import RoleName
from eaa.domain.run import RunState
from eaa.domain.verdict import TaskVerdict
from eaa.engine.codec import decode
from eaa.engine.directives import tell
from eaa.engine.intake import take_over
from eaa.engine.steering import heeded_result
from eaa.engine.workflows.order import ChangeResult
from eaa.engine.workflows.recorded import recorded_result
from eaa.kit.digest import sha256_hex
from eaa.ports.roles import Roles
from eaa.roles.team import InlineRoles
from tests.support.flow_world import FlowWorld, argument_of, event_types
from tests.support.role_world import ListedFixer, make_fix

WRONG = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
FAILING = {
    "calc.py": WRONG,
    "tests/test_calc.py": "from calc import add\ndef test_add():\n    assert add(2, 3) == 5\n",
}
ODD = "caf\udce9.py"
BY_TEST = "Make the tests pass"
BY_EXAMPLE = "add subtracts\n\n```python\nfrom calc import add\nassert add(2, 3) == 5\n```\n"


def fixing() -> FlowWorld:
    """Return a world whose fixer knows the right answer."""
    return FlowWorld(fixer=ListedFixer(make_fix("calc.py", RIGHT)))


async def step_names(world: FlowWorld, run_id: RunId) -> list[str]:
    """Return the names of a run's recorded steps."""
    async with world.desk.store.begin() as session:
        return [step.name for step in await session.steps.of_run(run_id)]


async def test_a_failing_test_becomes_a_published_branch_with_evidence() -> None:
    world = fixing()

    result = await world.change(FAILING, BY_TEST)

    assert (result.verdict, result.kind) == (TaskVerdict.DONE, Kind.BUG), result
    assert result.branch is not None
    assert result.head is not None
    assert world.repositories.publishings == [(result.branch, result.head)]
    assert world.repositories.trees[result.head]["calc.py"] == RIGHT.encode()
    assert result.evidence is not None
    assert result.pull_request is not None
    async with world.desk.store.begin() as session:
        run = await session.runs.get(result.run_id)
    assert (run.state, run.verdict, run.head_commit) == (RunState.DONE, TaskVerdict.DONE, result.head)


async def test_every_step_is_recorded_in_order_and_hangs_on_the_one_before() -> None:
    world = fixing()

    result = await world.change(FAILING, BY_TEST)

    async with world.desk.store.begin() as session:
        steps = await session.steps.of_run(result.run_id)
    assert [step.sequence for step in steps] == list(range(1, len(steps) + 1))
    assert [step.name for step in steps] == [
        "environment and baseline",
        f"PM · {Stage.REQUIREMENT}",
        f"SA · {Stage.CODE_MAP}",
        f"QA · {Stage.TESTS}",
        f"RD · {Stage.REPRODUCTION}",
        f"SD · {Stage.PATCH}",
        f"RD · {Stage.INTEGRATION}",
        "verification in fresh workspaces",
        f"SRE · {Stage.ROLLOUT}",
        f"RD · {Stage.PULL_REQUEST}",
        "RD · publish the branch",
    ]
    taken_in = b""
    for step in steps:
        assert step.input_sha256 == sha256_hex(taken_in), step.name
        taken_in = step.output if step.output_blob is None else await world.desk.blobs.get(step.output_blob)


async def test_events_tell_the_run_in_order() -> None:
    world = fixing()

    result = await world.change(FAILING, BY_TEST)

    events = await event_types(world.desk, result.run_id)
    assert [event for event in events if event not in ("role.skipped", "rollout.written")] == [
        "run.started",
        "baseline.measured",
        "requirement.written",
        "decision.written",
        "tests.written",
        "bug.reproduced",
        "patch.proposed",
        "change.integrated",
        "evidence.recorded",
        "branch.published",
        "run.ended",
    ]


@pytest.mark.parametrize(("kind", "error"), [(DirectiveKind.STOP, RunStopped), (DirectiveKind.PAUSE, RunPaused)])
async def test_nothing_is_done_for_a_run_that_was_halted_before_it_began(
    kind: DirectiveKind, error: type[EaaError]
) -> None:
    world = fixing()
    opened = await world.open(FAILING, BY_TEST)
    await tell(opened.run.id, kind, desk=world.desk)

    async with open_memory_workflows(table={"change": world.flow()}) as workflows:
        await workflows.start("change", run_id=opened.run.id, generation=1, argument=argument_of(opened))
        with pytest.raises(error):
            await workflows.result(opened.run.id)

    assert await event_types(world.desk, opened.run.id) == ["run.started"]


async def test_the_result_of_a_run_that_is_done_is_read_from_its_steps() -> None:
    world = fixing()
    result = await world.change(FAILING, BY_TEST)
    async with world.desk.store.begin() as session:
        run = await session.runs.get(result.run_id)
    events = await event_types(world.desk, run.id)

    assert await recorded_result(run, flow=world.flow(), desk=world.desk) == result

    assert await event_types(world.desk, run.id) == events


async def test_a_result_whose_steps_another_version_took_is_refused_and_nothing_is_done() -> None:
    world = fixing()
    result = await world.change(FAILING, BY_TEST)
    async with world.desk.store.begin() as session:
        run = await session.runs.get(result.run_id)
        (first, *_) = await session.steps.of_run(run.id)
        await session.steps.put(replace(first, name="environment"))

    with pytest.raises(InvalidRequest, match="another version"):
        await recorded_result(run, flow=world.flow(), desk=world.desk)


class FindingOddNames(InlineRoles):
    """The real team, whose SA also ranks a file with a name that is no UTF-8."""

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        artefact = await super().work(role, brief)
        if isinstance(artefact, CodeMap):
            return replace(artefact, ranked_paths=((ODD, "named"), *artefact.ranked_paths))
        return artefact


async def test_names_that_are_no_utf8_do_not_stop_a_run() -> None:
    world = fixing()

    result = await world.change({**FAILING, ODD: "import calc\n"}, BY_TEST, roles=FindingOddNames(world.flow().tools))

    assert result.verdict is TaskVerdict.DONE, result


async def test_a_refuted_patch_goes_back_to_its_author() -> None:
    fixer = ListedFixer(
        make_fix("calc.py", "def add(a, b):\n    return 4\n", confidence=Confidence.DRAFT),
        make_fix("calc.py", RIGHT, confidence=Confidence.DRAFT),
    )
    world = FlowWorld(fixer=fixer)

    result = await world.change(FAILING, BY_TEST)

    assert result.head is not None, result
    assert world.repositories.trees[result.head]["calc.py"] == RIGHT.encode()
    assert f"SD · {Stage.PATCH} (round 2)" in await step_names(world, result.run_id)
    assert "verification.failed" in await event_types(world.desk, result.run_id)
    assert len(world.repositories.publishings) == 1


async def test_without_a_fix_nothing_is_published() -> None:
    world = FlowWorld()

    result = await world.change(FAILING, BY_TEST)

    assert (result.verdict, result.branch) == (TaskVerdict.FAILED, None)
    assert "nothing passed" in result.note
    assert world.repositories.publishings == []


async def test_a_request_without_criteria_needs_a_decision() -> None:
    world = fixing()

    result = await world.change(FAILING, "The export is somehow odd sometimes.")

    assert result.verdict is TaskVerdict.NEEDS_DECISION
    assert result.questions
    assert all(question.text for question in result.questions)
    assert await step_names(world, result.run_id) == ["environment and baseline", f"PM · {Stage.REQUIREMENT}"]


async def test_an_example_that_holds_on_the_base_is_fixed_already() -> None:
    world = fixing()

    result = await world.change({**FAILING, "calc.py": RIGHT}, BY_EXAMPLE)

    assert result.verdict is TaskVerdict.ALREADY_FIXED, result
    assert world.repositories.publishings == []


async def test_a_feature_that_nobody_here_can_write_fails_honestly() -> None:
    text = "Add a function `double`\n\n```python\nfrom calc import double\nassert double(2) == 4\n```\n"
    world = FlowWorld()

    result = await world.change({**FAILING, "calc.py": RIGHT}, text, kind=Kind.FEATURE)

    assert (result.verdict, result.kind) == (TaskVerdict.FAILED, Kind.FEATURE), result
    assert result.note
    assert result.branch is None
    assert world.repositories.publishings == []


class Stuck(Roles):
    """Never ends one stage; does the others with the real team and remembers them."""

    def __init__(self, team: Roles, stuck_at: Stage | None) -> None:
        self._team = team
        self._stuck_at = stuck_at
        self.reached = asyncio.Event()
        self.worked: list[Stage] = []

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        self.worked.append(brief.stage)
        if brief.stage is self._stuck_at:
            self.reached.set()
            await asyncio.Event().wait()
        return await self._team.work(role, brief)


@pytest.mark.parametrize("stage", [Stage.REQUIREMENT, Stage.PATCH, Stage.PULL_REQUEST])
async def test_a_process_that_dies_in_a_step_is_followed_by_one_that_repeats_only_that_step(stage: Stage) -> None:
    world = fixing()
    opened = await world.open(FAILING, BY_TEST)
    dying, next_one = Stuck(world.inline_roles(), stage), Stuck(world.inline_roles(), None)
    run_id = opened.run.id
    async with open_memory_workflows(table={"change": world.flow(dying)}, records=world.records) as workflows:
        await workflows.start("change", run_id=run_id, generation=1, argument=argument_of(opened))
        await dying.reached.wait()

    taken = await take_over(opened.run, owner_slot="cli-1", desk=world.desk)
    async with open_memory_workflows(table={"change": world.flow(next_one)}, records=world.records) as workflows:
        await workflows.resume(run_id, generation=taken.run.generation)
        result = decode(await workflows.result(run_id), ChangeResult)

    assert result.verdict is TaskVerdict.DONE, result
    assert next_one.worked[0] is stage
    assert set(dying.worked) & set(next_one.worked) == {stage}
    assert len(world.repositories.publishings) == 1
    names = await step_names(world, run_id)
    assert len(names) == len(set(names)) == 11


class Telling(InlineRoles):
    """Tells the run something while the last stage before the publication works."""

    def __init__(self, world: FlowWorld, kind: DirectiveKind) -> None:
        super().__init__(world.flow().tools)
        self._world = world
        self._kind = kind

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        if brief.stage is Stage.PULL_REQUEST:
            await tell(brief.run_id, self._kind, desk=self._world.desk)
        return await super().work(role, brief)


async def test_a_stop_before_the_publication_leaves_nothing_outside() -> None:
    world = fixing()

    with pytest.raises(RunStopped):
        await world.change(FAILING, BY_TEST, roles=Telling(world, DirectiveKind.STOP))

    assert world.repositories.publishings == []


async def test_a_run_that_was_paused_before_its_publication_publishes_once_when_it_goes_on() -> None:
    world = fixing()
    opened = await world.open(FAILING, BY_TEST)
    telling = world.flow(Telling(world, DirectiveKind.PAUSE))
    async with open_memory_workflows(table={"change": telling}, records=world.records) as workflows:
        await workflows.start("change", run_id=opened.run.id, generation=1, argument=argument_of(opened))
        with pytest.raises(RunPaused):
            await heeded_result(opened.run, desk=world.desk, workflows=workflows)
    before = await step_names(world, opened.run.id)

    async with world.desk.store.begin() as session:
        paused = await session.runs.get(opened.run.id)
    taken = await take_over(paused, owner_slot="cli-1", desk=world.desk)
    async with open_memory_workflows(table={"change": world.flow()}, records=world.records) as workflows:
        await workflows.resume(taken.run.id, generation=taken.run.generation)
        result = decode(await heeded_result(taken.run, desk=world.desk, workflows=workflows), ChangeResult)

    assert (paused.state, taken.run.state) == (RunState.WAITING, RunState.RUNNING)
    assert result.verdict is TaskVerdict.DONE
    assert world.repositories.publishings == [(result.branch, result.head)]
    assert (await step_names(world, opened.run.id))[: len(before)] == before
