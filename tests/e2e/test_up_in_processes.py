"""`eaa up --processes`: a process for each service, kept running by one."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import eaa_command, environment_of, lay_out_runs
from tests.e2e.support.services import Service, Services, services_on
from tests.support.freezing import is_free

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    tmp_path.chmod(0o755)
    runs = replace(lay_out_runs(tmp_path), variables={"EAA_LOG_FORMAT": "json", "EAA_DRAIN_S": "1"})
    with services_on(runs, tmp_path, None) as made:
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


def freeze_in_a_write(process_id: int, home: Path) -> None:
    """Freeze a process while it keeps everybody else from writing."""
    while True:
        os.kill(process_id, signal.SIGSTOP)
        time.sleep(0.005)
        if not is_free(home):
            # Another process is in the middle of a write only for a moment.
            time.sleep(0.1)
            if not is_free(home):
                return
        os.kill(process_id, signal.SIGCONT)
        time.sleep(0.002)


def test_a_run_is_done_although_its_dispatcher_froze_with_the_lock_of_the_database(services: Services) -> None:
    up = up_in_processes(services)
    services.until(lambda: bool(started(up, "dispatcher")), "the dispatcher is started")
    services.queue()
    services.until_event("requirement.written")
    [frozen] = started(up, "dispatcher")
    freeze_in_a_write(frozen, services.runs.home)

    services.until(lambda: len(started(up, "dispatcher")) == 2, "the frozen dispatcher is replaced")
    services.until_done()

    assert services.wrongs() == []
    assert "process.silent" in up.events()
    assert len(started(up, "gateway")) == 1
    children = [started(up, program)[-1] for program in ("dispatcher", "gateway", "role sd")]
    assert up.stop() == 0
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
