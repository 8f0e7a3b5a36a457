"""`eaa task watch` with a server: it may be busy or away for a while, and the watching goes on."""

import asyncio
from typing import Any
from urllib.parse import quote

from eaa.adapters.gateway.answers import Event, Events, Run, RunStory
from eaa.adapters.gateway.http_gateway import HttpGateway
from eaa.cli.exit_codes import ExitCode, exit_code_of
from eaa.cli.output import print_json, print_line
from eaa.cli.remote import path_of, run_of, state_of
from eaa.domain.run import RunState
from eaa.domain.service_errors import ServerBusy, ServiceUnreachable
from eaa.kit.pauses import pause_before
from eaa.settings import Settings
from eaa.wiring.server import open_server

AWAY_S = 1_800.0
"""How long a server may say nothing of a run before watching ends with what it said last."""
_HALTS = frozenset({"run.ended", "run.parked", "run.paused"})
_GOES_ON = frozenset({RunState.QUEUED, RunState.RUNNING})


async def watch_task(name: str, *, is_json: bool, settings: Settings) -> int:
    """Follow a run there until it ends or waits."""
    async with open_server(settings) as server:
        watch = _Watch(server, is_json=is_json)
        run = await watch.to_its_end(name)
    if is_json:
        told = {"task": run.task, "run": run.id, "state": run.state, "verdict": run.verdict}
        print_json(told | {"events": watch.seen})
    else:
        print_line(f"run {run.id}: {state_of(run)}")
    return _exit_code(run)


class _Watch:
    """Somebody who looks at one run."""

    def __init__(self, server: HttpGateway, *, is_json: bool) -> None:
        self.seen: list[dict[str, Any]] = []
        self._server = server
        self._is_json = is_json
        self._pauses = 0
        """Since the last news."""
        self._away_since_s: float | None = None

    async def to_its_end(self, name: str) -> Run:
        """Return the run when it has ended or waits, and print its events on the way.

        Raises:
            ServiceUnreachable: Nobody answered at all, or none has for AWAY_S.
            ServerBusy: It has answered nothing else for AWAY_S.
        """
        run: Run | None = None
        while True:
            try:
                # The state comes first: the event that says the end may have been seen before the answer broke off.
                run = await self._stands(name if run is None else run.id)
                if run.state not in _GOES_ON:
                    return run
                await self._follow(run)
            except (ServerBusy, ServiceUnreachable) as error:
                # An address where nobody ever answered is wrong more often than away.
                if run is None and not isinstance(error, ServerBusy):
                    raise
                if self._is_gone():
                    raise
                await self._pause(error)

    async def _stands(self, name: str) -> Run:
        run = await self._server.get(path_of(await run_of(name, self._server)), RunStory)
        self._away_since_s = None
        return run

    async def _follow(self, run: Run) -> None:
        """Print a run's events until one says that it has ended or waits, or the server ends the stream."""
        before = len(self.seen)
        after = self.seen[-1]["id"] if self.seen else await self._first(run)
        async for event in self._server.events(task=run.task, after=after):
            self._note(event, run)
            if event.type in _HALTS and event.eaarun == run.id:
                return
        if len(self.seen) == before:
            await self._pause(None)

    async def _first(self, run: Run) -> str | None:
        """Print the first event of a task, which no stream begins with, and return its id."""
        first = (await self._server.get(f"/v1/events?task={quote(run.task, safe='')}&limit=1", Events)).data
        if not first:
            return None
        self._note(first[0], run)
        return first[0].id

    def _note(self, event: Event, run: Run) -> None:
        if event.eaarun != run.id:
            return
        self._pauses = 0
        self.seen.append({"id": event.id, "type": event.type, "created_at": event.time})
        if not self._is_json:
            print_line(f"{event.time[11:19]}Z {event.type}")

    async def _pause(self, error: ServerBusy | ServiceUnreachable | None) -> None:
        self._pauses += 1
        told_s = error.retry_after_s if isinstance(error, ServerBusy) else None
        pause_s = pause_before(self._pauses, told_s=told_s)
        if error is not None and not self._is_json:
            print_line(f"{error}; asking again in {pause_s:.0f} s")
        await asyncio.sleep(pause_s)

    def _is_gone(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        if self._away_since_s is None:
            self._away_since_s = now_s
        return now_s - self._away_since_s > AWAY_S


def _exit_code(run: Run) -> int:
    if run.state is RunState.DONE and run.verdict is not None:
        return exit_code_of(run.verdict)
    if run.state is RunState.WAITING:
        return ExitCode.WAITS
    return ExitCode.FAULT if run.state is RunState.FAILED else ExitCode.NOT_SHOWN
