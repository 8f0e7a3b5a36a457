"""A process that works on runs of six steps, as `eaa run` would; tests start it, talk to it by lines, and kill it.

Its one argument is JSON: `home`, `store` and `workflows` (addresses), `slot`, `waits_in` (a step that waits for a line
that says `go`), `dies_at` (points where it kills itself once, such as `in 3` or `after 3`).
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from eaa.adapters.dbos.workflow import open_workflows
from eaa.adapters.files.slots import FileSlots
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.errors import EaaError
from eaa.domain.ids import RunId
from eaa.engine.journal import Desk, Journal
from eaa.ports.store import Store
from eaa.ports.workflow import Workflow, Workflows
from tests.makers import make_run


@dataclass
class Worker:
    """What the lines on standard input do."""

    home: Path
    slot: str
    store: Store
    waits_in: int | None
    dies_at: list[str]
    may_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, workflow: Workflow, argument: bytes) -> bytes:
        self.die_once("after 0")
        desk = Desk(self.store, MemoryBlobs(), SystemClock(), UlidIds(), NoProgress())
        journal = Journal(workflow, make_run(run_id=workflow.run_id), desk)
        outputs = []
        for number in range(1, 7):
            act = partial(self.act, workflow, number)
            outputs.append(await journal.step(f"step {number}", int, act, event=lambda _: "plan.written", says=str))
            self.die_once(f"after {number}")
        return "".join(map(str, outputs)).encode()

    async def act(self, workflow: Workflow, number: int) -> int:
        await self.write(workflow, f"{number}")
        self.die_once(f"in {number}")
        if number == self.waits_in:
            say(f"in {number}")
            await self.may_go.wait()
            await self.write(workflow, f"{number} went on")
        return number

    async def write(self, workflow: Workflow, text: str) -> None:
        """Append to the journal, if the run is still ours."""
        async with self.store.begin() as session:
            await session.runs.hold(workflow.run_id, generation=workflow.generation)
            with (self.home / f"{workflow.run_id}.journal").open("a") as journal:
                journal.write(f"{self.slot} {workflow.generation} {text}\n")

    def die_once(self, point: str) -> None:
        """Kill this process at a point that has not killed one before."""
        mark = self.home / f"died {point}"
        if point in self.dies_at and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    async def generation_of(self, run_id: RunId) -> int | None:
        async with self.store.begin() as session:
            run = await session.runs.get(run_id)
        return run.generation if run.owner_slot == self.slot else None

    async def obey(self, workflows: Workflows, line: str) -> None:
        """Do what one line says and answer with one line."""
        verb, _, run = line.partition(" ")
        run_id = RunId(run)
        match verb:
            case "start":
                async with self.store.begin() as session:
                    await session.runs.add(make_run(run_id=run_id, owner_slot=self.slot))
                await workflows.start("work", run_id=run_id, generation=1, argument=b"{}")
            case "take":
                async with self.store.begin() as session:
                    taken = await session.runs.take_over(run_id, owner_slot=self.slot)
                await workflows.resume(run_id, generation=taken.generation)
            case "cancel":
                await workflows.cancel(run_id)
            case "go":
                self.may_go.set()
            case "await":
                try:
                    say((await workflows.result(run_id)).decode())
                except EaaError as error:
                    say(error.code)


async def main(settings: dict[str, object]) -> None:
    home, slot, store_url = Path(str(settings["home"])), str(settings["slot"]), str(settings["store"])
    async with FileSlots(home / "slots").hold(slot):
        await upgrade(store_url)
        async with open_store(store_url) as store:
            waits_in = settings.get("waits_in")
            dies_at = settings.get("dies_at", [])
            assert waits_in is None or isinstance(waits_in, int)
            assert isinstance(dies_at, list)
            worker = Worker(home=home, slot=slot, store=store, waits_in=waits_in, dies_at=dies_at)
            async with open_workflows(
                str(settings["workflows"]),
                slot=slot,
                table={"work": worker.work},
                generation_of=worker.generation_of,
                poll_s=0.1,
            ) as workflows:
                say("ready")
                async for line in lines():
                    await worker.obey(workflows, line)


async def lines() -> AsyncIterator[str]:
    """Yield the lines of standard input until it is closed."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode().strip()


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
