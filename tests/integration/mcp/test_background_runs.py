"""Processes that outlive whoever started them."""

import json
import os
import sys
from pathlib import Path

import pytest

from eaa.adapters.system.run_processes import LOG_FILE, BackgroundRuns
from eaa.domain.errors import DiskFull
from eaa.domain.ids import RunId

RUN = RunId("run_1")
PROGRAM = """
import json, os, sys
gate = open(sys.argv[1])
print(json.dumps({"argv": sys.argv[2:], "session": os.getsid(0) == os.getpid(), "stdin": sys.stdin.read()}))
print("said on stderr", file=sys.stderr)
sys.stdout.close()
open(sys.argv[1] + ".done", "w").close()
"""


def started(folder: Path, name: str) -> tuple[BackgroundRuns, Path, Path]:
    """Make runs whose process waits at a gate, and says at a second one that it has ended."""
    gate = folder / name
    os.mkfifo(gate)
    os.mkfifo(f"{gate}.done")
    command = (sys.executable, "-c", PROGRAM, str(gate))
    return BackgroundRuns(home=folder / "home", command=command), gate, Path(f"{gate}.done")


async def test_a_process_resumes_the_run_in_a_session_of_its_own_and_its_last_words_are_kept(tmp_path: Path) -> None:
    runs, gate, done = started(tmp_path, "gate")

    await runs.start(RUN, budget_usd=1.5)
    while_working, is_at_work = await runs.last_words(RUN), await runs.has_started(RUN)
    gate.write_text("")
    done.read_text()

    said = json.loads(await runs.last_words(RUN) or b"{}")
    assert (while_working, is_at_work) == (None, True)
    assert not await runs.has_started(RunId("run_2"))
    assert said == {"argv": ["resume", "run_1", "--budget-usd", "1.5", "--json"], "session": True, "stdin": ""}
    assert (tmp_path / "home/runs/run_1" / LOG_FILE).read_text() == "said on stderr\n"
    assert await runs.last_words(RunId("run_2")) is None


async def test_a_home_that_cannot_be_written_is_said_as_such(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")

    with pytest.raises(DiskFull):
        await BackgroundRuns(home=tmp_path).start(RUN, budget_usd=None)
