"""Looking at tasks and talking to their runs, from the command line."""

import json
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import RealRuns, lay_out_runs

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
