"""`eaa up --processes`: a process for each service, kept running by one."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import eaa_command, environment_of
from tests.e2e.support.services import Service, Services, services_on_sqlite
from tests.support.freezing import is_free

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with services_on_sqlite(tmp_path) as made:
        yield made


def up_in_processes(services: Services) -> Service:
    """Start the supervisor; whatever it started ends with it."""
    log = services.folder / "up.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*eaa_command(), "up", "--processes", "--port", "0", "--json"],
            cwd=services.folder,
            env=environment_of(services.runs),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    service = Service("up", process, log)
    services.started.append(service)
    return service


def started(up: Service, program: str) -> list[int]:
    """Return the process ids that a program has had, the newest last."""
    lines = [json.loads(line) for line in up.log.read_text().splitlines() if line.startswith("{")]
    return [one["process_id"] for one in lines if one["event"] == "process.started" and one["program"] == program]


@contextmanager
def frozen_in_a_write(process_id: int, home: Path) -> Iterator[None]:
    """Freeze a process while it keeps everybody else from writing; at the end of the block it is there no more."""
    while True:
        os.kill(process_id, signal.SIGSTOP)
        time.sleep(0.005)
        if not is_free(home):
            # Another process is in the middle of a write only for a moment.
            time.sleep(0.1)
            if not is_free(home):
                break
        os.kill(process_id, signal.SIGCONT)
        time.sleep(0.002)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)


def test_a_run_is_done_although_its_dispatcher_froze_with_the_lock_of_the_database(services: Services) -> None:
    up = up_in_processes(services)
    services.until(lambda: bool(started(up, "dispatcher")), "the dispatcher is started")
    services.queue()
    services.until_event("requirement.written")
    [frozen] = started(up, "dispatcher")
    with frozen_in_a_write(frozen, services.runs.home):
        services.until(lambda: len(started(up, "dispatcher")) == 2, "the frozen dispatcher is replaced")
    services.until_done()

    assert services.wrongs() == []
    assert "process.silent" in up.events()
    assert len(started(up, "gateway")) == 1
    children = [started(up, program)[-1] for program in ("dispatcher", "gateway", "role sd")]
    assert up.stop() == 0
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
