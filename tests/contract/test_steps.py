"""What every keeper of steps promises."""

from eaa.domain.blob import blob_id_of
from eaa.domain.ids import RunId
from eaa.ports.store import Store
from tests.makers import make_step


async def test_the_steps_of_a_run_come_back_in_order(store: Store) -> None:
    steps = [
        make_step(sequence=2, output=b"", output_blob=blob_id_of(b"large")),
        make_step(sequence=10),
        make_step(sequence=1),
    ]
    async with store.begin() as session:
        for step in (*steps, make_step(run_id="run_2")):
            await session.steps.put(step)

    async with store.begin() as session:
        found = await session.steps.of_run(RunId("run_1"))

    assert found == (steps[2], steps[0], steps[1])


async def test_a_step_that_is_redone_replaces_its_record(store: Store) -> None:
    async with store.begin() as session:
        await session.steps.put(make_step(output=b'"first"'))
    async with store.begin() as session:
        await session.steps.put(make_step(output=b'"second"'))

    async with store.begin() as session:
        assert await session.steps.of_run(RunId("run_1")) == (make_step(output=b'"second"'),)


async def test_an_unknown_run_has_no_steps(store: Store) -> None:
    async with store.begin() as session:
        assert await session.steps.of_run(RunId("nobody")) == ()
