"""Killed, taken over and frozen processes."""

import asyncio
import signal

from tests.integration.dbos.conftest import Place

POINTS = tuple(point for number in range(7) for point in ([f"in {number}"] if number else []) + [f"after {number}"])


async def test_killed_at_every_boundary_and_inside_every_step_a_run_ends_right(place: Place) -> None:
    answer, deaths = "", 0
    while not answer:
        async with place.worker("cli-0", dies_at=POINTS) as worker:
            await worker.hear()
            await worker.tell("start run_1", "await run_1")
            answer = await worker.hear()
            deaths += not answer

    assert answer == "123456"
    assert deaths == len(POINTS)
    # A step is begun again only when its process died inside it.
    assert place.steps_run("run_1") == dict.fromkeys(range(1, 7), 2)


async def test_a_restarted_process_goes_on_with_the_runs_of_its_slot(place: Place) -> None:
    async with place.worker("cli-0", waits_in=3) as first:
        await first.hear()
        await first.tell("start run_1")
        assert await first.hear() == "in 3"
        first.signal(signal.SIGKILL)

    async with place.worker("cli-0") as second:
        await second.hear()
        await second.tell("await run_1")
        assert await second.hear() == "123456"
    assert place.steps_run("run_1") == {1: 1, 2: 1, 3: 2, 4: 1, 5: 1, 6: 1}


async def test_a_live_peer_takes_over_the_run_of_a_dead_process(place: Place) -> None:
    async with place.worker("cli-0", waits_in=3) as dying, place.worker("cli-1") as peer:
        assert [await dying.hear(), await peer.hear()] == ["ready", "ready"]
        await dying.tell("start run_1")
        assert await dying.hear() == "in 3"
        dying.signal(signal.SIGKILL)
        await dying.until_dead()

        await peer.tell("take run_1", "await run_1")
        assert await peer.hear() == "123456"

    assert place.journal("run_1") == [
        *(f"cli-0 1 {number}" for number in (1, 2, 3)),
        *(f"cli-1 2 {number}" for number in (3, 4, 5, 6)),
    ]


async def test_a_frozen_process_that_wakes_up_can_write_nothing(place: Place) -> None:
    async with place.worker("cli-0", waits_in=3) as frozen, place.worker("cli-1") as peer:
        assert [await frozen.hear(), await peer.hear()] == ["ready", "ready"]
        await frozen.tell("start run_1")
        assert await frozen.hear() == "in 3"
        frozen.signal(signal.SIGSTOP)
        await peer.tell("take run_1", "await run_1")
        assert await peer.hear() == "123456"

        await frozen.tell("go", "await run_1")
        frozen.signal(signal.SIGCONT)

        assert await frozen.hear() == "run.fenced"
    assert place.journal("run_1") == [
        *(f"cli-0 1 {number}" for number in (1, 2, 3)),
        *(f"cli-1 2 {number}" for number in (3, 4, 5, 6)),
    ]


async def test_another_process_can_cancel_a_run(place: Place) -> None:
    async with place.worker("cli-0", waits_in=3) as worker, place.worker("cli-1") as stopper:
        assert [await worker.hear(), await stopper.hear()] == ["ready", "ready"]
        await worker.tell("start run_1", "await run_1")
        assert await worker.hear() == "in 3"

        await stopper.tell("cancel run_1")

        assert await worker.hear() == "workflow.cancelled"
    assert place.steps_run("run_1") == {1: 1, 2: 1, 3: 1}


async def test_a_peer_that_is_handed_the_runs_of_another_slot_lets_them_be(place: Place) -> None:
    runs = [f"run_{number}" for number in range(6)]
    async with place.worker("cli-1") as peer:
        await peer.hear()
        async with place.worker("cli-0", waits_in=2) as first:
            await first.hear()
            await first.tell(*(f"start {run}" for run in runs))
            for _ in runs:
                assert await first.hear() == "in 2"
            first.signal(signal.SIGKILL)

        async with place.worker("cli-0") as second:
            await second.hear()
            await second.tell(*(f"take {run}" for run in runs), *(f"await {run}" for run in runs))
            assert [await second.hear() for _ in runs] == ["123456"] * len(runs)

    assert {line.split()[0] for run in runs for line in place.journal(run)} == {"cli-0"}
    assert all(place.steps_run(run)[3] == 1 for run in runs)


async def test_processes_that_start_at_once_on_a_new_home_all_succeed(place: Place) -> None:
    async def one(number: int) -> str:
        async with place.worker(f"cli-{number}") as worker:
            await worker.hear()
            await worker.tell(f"start run_{number}", f"await run_{number}")
            return await worker.hear()

    assert await asyncio.gather(*map(one, range(3))) == ["123456"] * 3
