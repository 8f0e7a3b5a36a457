"""A run whose process dies or is interrupted goes on where it stood, and does nothing twice."""

import json
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import RUN, RealRuns, finished_stages, lay_out_runs
from tests.support.freezing import is_free

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]

BASELINE = "environment and baseline"
TESTS = "QA · tests"
VERIFICATION = "verification in fresh workspaces"
PUBLISHING = "RD · publish the branch"


@pytest.fixture
def runs(tmp_path: Path) -> RealRuns:
    """A fresh project and a fresh home."""
    tmp_path.chmod(0o755)
    return lay_out_runs(tmp_path)


@pytest.mark.parametrize("line", [f"{BASELINE}: ", f"{TESTS}: ", f"{VERIFICATION}: ", f"{PUBLISHING} …"])
def test_a_killed_run_is_finished_by_resume(runs: RealRuns, line: str) -> None:
    head = runs.git("rev-parse", "HEAD")
    with runs.started(*RUN) as run:
        seen = run.lines_until(line)
        seen += run.kill()
    before = runs.steps()
    ended = runs.eaa("resume", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["verdict"] == "done"
    assert runs.wrongs() == []
    assert runs.git("rev-parse", "HEAD") == head
    finished = finished_stages(seen)
    assert finished
    after = runs.steps()
    assert {title: after[title] for title in finished} == {title: before[title] for title in finished}


def test_a_run_that_is_suspended_keeps_nobody_from_writing(runs: RealRuns) -> None:
    held = suspended = 0
    with runs.started(*RUN) as run:
        run.lines_until(BASELINE)
        while run.suspend():
            suspended += 1
            held += not is_free(runs.home)
            run.process.send_signal(signal.SIGCONT)
            time.sleep(0.02)
        code = run.process.wait()

    assert code == 0
    assert suspended > 20
    assert held == 0
    assert runs.wrongs() == []


def _let_the_engine_forget_the_outcome(runs: RealRuns) -> None:
    """Leave the workflow engine's rows as a process does that dies after the run's end is on our record."""
    with closing(sqlite3.connect(runs.home / "workflows.sqlite")) as connection, connection:
        connection.execute("UPDATE workflow_status SET status = 'PENDING', completed_at = NULL")
        connection.execute("DELETE FROM workflow_output")


def test_an_interrupted_run_goes_on(runs: RealRuns) -> None:
    with runs.started(*RUN) as run:
        seen = run.lines_until(f"{BASELINE}: ")
        second = runs.eaa(*RUN)
        assert second.returncode == 2
        [(run_id,)] = runs.rows("SELECT id FROM runs")
        assert f"{run_id} is working on this task" in second.stderr
        code, errors = run.interrupt()
    assert (code, "eaa resume" in errors) == (130, True)

    with runs.started("resume") as resumed:
        seen = resumed.lines_until(f"{TESTS}: ")
        assert f"{BASELINE} …" not in seen
        assert next(line for line in seen if line.startswith(BASELINE)).endswith("(done before)")
        code, errors = resumed.interrupt()
    assert (code, "eaa resume" in errors) == (130, True)

    refused = runs.eaa(*RUN)
    assert refused.returncode == 2
    assert f"eaa resume {run_id}" in refused.stderr
    ended = runs.eaa(*RUN, "--yes", "--json")
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["run"], said["verdict"]) == (run_id, "done")
    assert runs.wrongs() == []

    before = runs.steps()
    _let_the_engine_forget_the_outcome(runs)
    again = runs.eaa("resume", run_id, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == {**said, "seconds": 0.0}
    assert runs.steps() == before
    assert runs.wrongs() == []
