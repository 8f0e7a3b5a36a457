"""Looking at tasks and talking to their runs, from the command line."""

import asyncio
import fcntl
import json
from pathlib import Path

import pytest

from eaa.adapters.memory.progress import RecordingProgress
from eaa.domain.ids import CommitId
from eaa.domain.run import RunState
from eaa.domain.transcript import Ended, EndReason, Opened
from eaa.engine.agent.transcript import Transcript
from eaa.settings import Settings
from eaa.wiring.records import open_records
from tests.e2e.support.real_runs import RealRuns, lay_out_runs
from tests.makers import make_run, make_task

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def runs(tmp_path: Path) -> RealRuns:
    """A fresh project and a fresh home."""
    tmp_path.chmod(0o755)
    return lay_out_runs(tmp_path)


def test_a_task_that_needs_a_decision_is_listed_told_and_explained(runs: RealRuns) -> None:
    ran = runs.eaa("run", "# Dark mode\n\nAdd one.", "--repo", ".", "--offline", "--json")
    assert ran.returncode == 4, ran.stderr
    said = json.loads(ran.stdout)

    (line,) = json.loads(runs.eaa("task", "list", "--json").stdout)["tasks"]
    assert (line["task"], line["run"], line["title"]) == (said["task"], said["run"], "Dark mode")
    assert (line["state"], line["verdict"], line["branch"]) == ("done", "needs a decision", None)
    shown = json.loads(runs.eaa("task", "show", said["task"], "--json").stdout)
    assert shown["questions"] == said["questions"]
    assert [step["name"] for step in shown["steps"]] == ["environment and baseline", "PM · requirement"]
    assert "question: " in runs.eaa("task", "show", said["run"]).stdout

    answered = runs.eaa("task", "answer", said["task"], "By a new test.")
    assert answered.returncode == 2
    assert "Add the answer to the request" in answered.stderr
    unheard = runs.eaa("say", said["run"], "Hello", "--json")
    assert (unheard.returncode, json.loads(unheard.stdout)["error"]["code"]) == (2, "request.invalid")
    unchanged = runs.eaa("task", "diff", said["task"])
    assert (unchanged.returncode, "has made no change" in unchanged.stderr) == (2, True)
    over = json.loads(runs.eaa("task", "cancel", said["task"], "--json").stdout)["runs"]
    assert [(one["ending"], one["state"]) for one in over] == [("over", "done")]


def test_words_for_a_run_without_a_model_are_kept_and_it_is_said_that_nobody_hears_them(runs: RealRuns) -> None:
    with runs.started("run", "issue.md", "--repo", ".", "--offline") as run:
        run.lines_until("environment and baseline …")
        [(run_id,)] = runs.rows("SELECT id FROM runs")
        said = runs.eaa("say", run_id, "Keep the old name.")
    assert said.returncode == 0, said.stderr
    assert "nobody hears it" in said.stdout
    assert runs.rows("SELECT kind, text FROM directives") == [("say", "Keep the old name.")]


def test_bad_names_get_a_word_on_what_to_do(runs: RealRuns) -> None:
    for words in (
        ("stop",),
        ("stop", "run_x", "--all"),
        ("stop", "nope"),
        ("task", "show", "tsk_x"),
        ("say", "x", " "),
    ):
        refused = runs.eaa(*words)
        assert refused.returncode == 2, words
        assert len(refused.stderr.splitlines()) == 2, refused.stderr


def model_run(runs: RealRuns, state: RunState) -> str:
    """Store a run on which a model works that has asked something; return its id."""

    async def store() -> None:
        settings = Settings(home=runs.home)
        async with open_records(settings, progress=RecordingProgress()) as records:
            desk, run = records.desk, make_run(state=state, owner_slot="cli-0")
            async with desk.store.begin() as session:
                await session.tasks.add(make_task())
                await session.runs.add(run)
            transcript = await Transcript.open(run, "author", desk=desk)
            await transcript.append(
                Opened(system="", brief="", instruction="", tools=(), start=CommitId("c" * 40)),
                Ended(EndReason.ASKED, "Gross or net?", ("gross", "net")),
            )

    asyncio.run(store())
    return "run_1"


def test_a_question_of_a_model_is_shown_and_its_answer_waits_for_the_resume(runs: RealRuns) -> None:
    run_id = model_run(runs, RunState.WAITING)

    shown = runs.eaa("task", "show", run_id).stdout
    assert "model author: 2 entries, 0 answers, 0 tokens, $0.0000; asked: Gross or net?" in shown
    assert "question: Gross or net?\n  - gross\n  - net\n" in shown
    answered = runs.eaa("task", "answer", "tsk_1", "gross")

    assert answered.returncode == 0, answered.stderr
    assert "after `eaa resume`" in answered.stdout
    assert runs.rows("SELECT kind, text FROM directives") == [("answer", "gross")]


def test_words_for_a_model_that_works_are_heard_before_its_next_turn(runs: RealRuns) -> None:
    run_id = model_run(runs, RunState.RUNNING)
    slots = runs.home / "slots"
    slots.mkdir()

    with (slots / "cli-0").open("w") as slot:
        fcntl.flock(slot, fcntl.LOCK_EX)
        said = runs.eaa("say", run_id, "Net prices.", "--json")

    assert json.loads(said.stdout) == {"run": "run_1", "task": "tsk_1", "state": "running", "heard_by": "model"}
