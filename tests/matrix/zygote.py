"""Starts services quickly: everything is loaded once, and each process is a fork that has opened nothing before.

    python -m tests.matrix.zygote

One JSON object a line comes in and one goes out: `{"start": [services], "point": …, "variables": {}, "ready": path,
"log": path}` gives `{"pid": n}`; `{"ended": pid}` gives `{"code": exit code or null}`; `{"send": signal, "to": pid}`
gives `{"is_sent": bool}`.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from eaa.adapters.memory.progress import NoProgress
from eaa.cli.logs import write_service_logs
from eaa.domain.role import RoleName
from eaa.domain.role_call import QueueLimits
from eaa.settings import LogFormat, load_settings
from eaa.wiring import workplace
from eaa.wiring.gateway import Around, open_gateway
from eaa.wiring.place import Place
from eaa.wiring.records import open_records
from eaa.wiring.signals import open_signals
from eaa.wiring.workers import open_dispatcher, open_role
from tests.matrix.armed import arm
from tests.matrix.points import Moment, Point
from tests.matrix.tiny_parts import open_tiny_tools

Work = Callable[..., Awaitable[None]]


def main() -> None:
    """Do what the lines say until there are no more."""
    codes: dict[int, int] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "start" in asked:
            answer: dict[str, Any] = {"pid": _fork(asked)}
            # A number that an earlier process had is that of this one now.
            codes.pop(answer["pid"], None)
        elif "send" in asked:
            answer = {"is_sent": _send(asked["to"], asked["send"], codes)}
        else:
            _reap(codes)
            answer = {"code": codes.get(asked["ended"])}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _reap(codes: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        codes[pid] = os.waitstatus_to_exitcode(status)


def _send(pid: int, number: int, codes: dict[int, int]) -> bool:
    """Send a signal to a child. Nobody else can have its number: that is free only when the child was reaped, here."""
    _reap(codes)
    if pid in codes:
        return False
    os.kill(pid, number)
    return True


def _fork(asked: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _become(asked)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _become(asked: dict[str, Any]) -> None:
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(asked["variables"])
    workplace.open_tools = open_tiny_tools  # type: ignore[attr-defined]
    if asked["point"] is not None:
        what, moment = asked["point"]
        arm(Point(what, Moment(moment)))
    write_service_logs(LogFormat.JSON)
    asyncio.run(_serve(asked["start"], Path(asked["ready"])))


async def _serve(services: list[str], ready: Path) -> None:
    draining = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, draining.set)
    async with AsyncExitStack() as stack:
        works: list[Work] = []
        said: dict[str, str] = {}
        for name in services:
            works += await _open(name, stack, said, draining)
        temporary = ready.with_suffix(".new")
        temporary.write_text(json.dumps(said))
        temporary.rename(ready)
        if works:
            await asyncio.gather(*(work(draining, grace_s=0.5) for work in works))
        else:
            await draining.wait()


async def _open(name: str, stack: AsyncExitStack, said: dict[str, str], draining: asyncio.Event) -> list[Work]:
    settings, progress = load_settings(), NoProgress()
    if name == "gateway":
        records = await stack.enter_async_context(open_records(settings, progress=progress))
        signals = await stack.enter_async_context(open_signals(settings))
        around = Around(parts=(), is_draining=draining.is_set)
        opened = open_gateway(settings, {}, Place(port=0), records=records, signals=signals, around=around)
        said["address"] = await stack.enter_async_context(opened)
        return []
    if name in ("dispatcher", "dispatcher with roles"):
        has_roles = name == "dispatcher with roles"
        dispatcher = await stack.enter_async_context(
            open_dispatcher(settings, progress=progress, has_own_roles=has_roles)
        )
        return [dispatcher.dispatcher.work]
    role = await stack.enter_async_context(
        open_role(settings, RoleName(name), progress=progress, at_once=2, limits=QueueLimits())
    )
    return [role.worker.work]


if __name__ == "__main__":
    main()
