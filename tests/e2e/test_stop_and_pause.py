"""People stop and pause runs from another terminal; what was in flight is dead, and nothing happens after it."""

import json
from pathlib import Path

import pytest

from tests.e2e.support.processes import Alive, descendants, everyone
from tests.e2e.support.real_runs import RUN, RealRuns, Started, finished_stages, lay_out_runs

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]

SEARCH = "SD · patch …"
VERIFICATION = "verification in fresh workspaces …"
TESTS = "QA · tests: "


@pytest.fixture
def runs(tmp_path: Path) -> RealRuns:
    """A fresh project and a fresh home."""
    tmp_path.chmod(0o755)
    return lay_out_runs(tmp_path)


def in_flight(run: Started) -> frozenset[Alive]:
    """Return the processes below a run, as soon as a sandboxed one is among them."""
    while True:
        below = descendants(run.process.pid)
        if any(one.name == "bwrap" for one in below):
            return below
        assert run.process.poll() is None
        run.wait_at_most(0.02)


def branches(runs: RealRuns) -> str:
    """Return the names of the branches that eaa made."""
    return runs.git("for-each-ref", "--format=%(refname:short)", "refs/heads/eaa/")


@pytest.mark.parametrize("stage", [SEARCH, VERIFICATION])
def test_a_stop_from_another_process_kills_what_is_in_flight_and_nothing_is_published(
    runs: RealRuns, stage: str
) -> None:
    with runs.started(*RUN) as run:
        run.lines_until(stage)
        working = in_flight(run)
        [(run_id,)] = runs.rows("SELECT id FROM runs")

        stopped = runs.eaa("stop", run_id)

        left = everyone()
        assert stopped.returncode == 0, stopped.stderr
        assert not working & left
        assert not [one for one in descendants(run.process.pid) if one.name == "bwrap"]
        assert "everything it had in flight is dead; nothing was published" in stopped.stdout
        _, errors = run.process.communicate(timeout=60)
    assert run.process.returncode == 3
    assert f"run {run_id} was stopped by a person; nothing was published" in errors
    assert runs.states() == ["cancelled"]
    assert branches(runs) == ""
    assert runs.rows("SELECT id FROM effects") == []

    again = runs.eaa("resume", run_id)
    assert again.returncode == 2
    assert "stopped by a person" in again.stderr
    assert runs.eaa("resume").returncode == 2
    with runs.started(*RUN) as anew:
        anew.lines_until("environment and baseline …")
    assert sorted(runs.states()) == ["cancelled", "running"]


def test_a_paused_run_goes_on_with_resume_and_does_nothing_twice(runs: RealRuns) -> None:
    with runs.started(*RUN) as run:
        seen = run.lines_until(TESTS)
        seen += run.lines_until(SEARCH)
        working = in_flight(run)

        paused = runs.eaa("pause", runs.rows("SELECT id FROM runs")[0][0], "--json")

        assert paused.returncode == 0, paused.stderr
        assert not working & everyone()
        _, errors = run.process.communicate(timeout=60)
    assert (run.process.returncode, "eaa resume" in errors) == (130, True)
    assert json.loads(paused.stdout)["runs"][0]["state"] == "waiting"
    assert runs.states() == ["waiting"]
    before = runs.steps()

    ended = runs.eaa("resume", "--json")

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["verdict"] == "done"
    assert runs.wrongs() == []
    diff = json.loads(runs.eaa("task", "diff", json.loads(ended.stdout)["task"], "--json").stdout)
    assert (diff["head"], "slugs.py" in diff["paths"]) == (json.loads(ended.stdout)["head"], True)
    assert "+    return slug[: limit]" in diff["diff"]
    finished = finished_stages(seen)
    after = runs.steps()
    assert finished
    assert {title: after[title] for title in finished} == {title: before[title] for title in finished}


def test_stopping_all_ends_a_run_that_works_and_one_whose_process_is_gone(runs: RealRuns) -> None:
    with runs.started(*RUN) as gone:
        gone.lines_until("environment and baseline …")
        gone.kill()
    with runs.started("run", "slugify('ab', 0) should be '' and is 'a'", "--repo", ".", "--offline") as run:
        run.lines_until("environment and baseline …")
        working = in_flight(run)

        stopped = runs.eaa("stop", "--all", "--json")

        assert stopped.returncode == 0, stopped.stderr
        assert not working & everyone()
        run.process.communicate(timeout=60)
    assert sorted(one["state"] for one in json.loads(stopped.stdout)["runs"]) == ["cancelled", "cancelled"]
    assert runs.states() == ["cancelled", "cancelled"]
    assert json.loads(runs.eaa("stop", "--all", "--json").stdout) == {"runs": []}
