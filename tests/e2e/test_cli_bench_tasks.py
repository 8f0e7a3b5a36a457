"""`eaa bench tasks` with a scripted model over real HTTP: arms, lies, hidden tests, going on, SWE-bench's forms."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.support.model_runs import call, serving_models_in_thread
from tests.e2e.support.real_runs import ROOT, RealRuns
from tests.loopback.models import KEY, LoopbackModels
from tests.loopback.scripted_tasks import read_scripts

TASKS = ROOT / "examples" / "tasks"
pytestmark = pytest.mark.sandbox


@contextmanager
def bench(folder: Path, *names: str) -> Iterator[tuple[RealRuns, LoopbackModels]]:
    """Lay out some of our tasks in `folder/tasks`, and serve their scripted model inside the block."""
    for name in names:
        shutil.copytree(TASKS / name, folder / "tasks" / name, ignore=shutil.ignore_patterns("__pycache__"))
    with serving_models_in_thread(LoopbackModels(models=("scripted",))) as models:
        models.script = read_scripts(folder / "tasks")
        variables = {"OPENAI_BASE_URL": f"{models.address}/v1", "OPENAI_API_KEY": KEY}
        yield RealRuns(repository=folder, home=folder / "home", variables=variables), models


def measure(runs: RealRuns, *words: str) -> tuple[dict[str, Any], str]:
    """Return what `eaa bench tasks` prints as JSON, and stderr."""
    command = ("bench", "tasks", "--model", "openai/scripted", "--results", "results", "--json")
    ended = runs.eaa(*command, *(words or ("--dir", "tasks")))
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found, ended.stderr


def test_arms_differ_where_a_model_lies_and_agree_where_it_works(tmp_path: Path) -> None:
    with bench(tmp_path, "pages", "undo") as (runs, models):
        found, said = measure(runs)

        trials = {(trial["task"], trial["arm"]): trial for trial in found["trials"]}
        lies = {arm: trials["pages", arm] for arm in found["arms"]}
        works = {arm: trials["undo", arm] for arm in found["arms"]}
        assert list(lies) == ["single", "single+verify", "team"]
        assert {arm: (one["claimed"], one["resolved"]) for arm, one in lies.items()} == {
            "single": (True, False),
            "single+verify": (False, False),
            "team": (False, False),
        }
        assert {arm: (one["claimed"], one["resolved"]) for arm, one in works.items()} == dict.fromkeys(
            lies, (True, True)
        )
        assert lies["team"]["verdict"] == "failed"
        assert lies["single"]["hidden"]["passed"] < lies["single"]["hidden"]["of"]
        totals = {arm: total["resolved_if_claimed"] for arm, total in found["arms"].items()}
        assert [(one["count"], one["of"]) for one in totals.values()] == [(1, 2), (1, 1), (1, 1)]
        assert found["is_scripted"] is True
        assert "say nothing about any model" in found["notice"]
        assert "say nothing about any model" in said
        prompts = " ".join(json.dumps(request.content()) for request in models.requests if request.method == "POST")
        assert "test_going_on_after_an_undo" in (TASKS / "undo/hidden/tests/test_undo_hidden.py").read_text()
        assert "_hidden" not in prompts
        assert "test_going_on_after_an_undo" not in prompts

        asked = len(models.requests)
        again, _ = measure(runs)
        assert len(models.requests) == asked
        assert again == found


def test_predictions_are_patches_that_git_applies_to_the_base(tmp_path: Path) -> None:
    with bench(tmp_path, "undo") as (runs, _):
        repositories, base, patch = _as_swe_bench(tmp_path)
        row = {
            "instance_id": "ours__buffer-1",
            "repo": "ours/buffer",
            "base_commit": base,
            "problem_statement": (tmp_path / "tasks/undo/task.md").read_text(),
            "test_patch": patch,
            "FAIL_TO_PASS": json.dumps(["tests/test_undo_hidden.py::test_nothing_left_to_take_back"]),
            "PASS_TO_PASS": ["tests/test_buffer.py::test_insert_and_delete"],
        }
        (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")

        found, _ = measure(runs, "--jsonl", "rows.jsonl", "--repositories", "repositories", "--arms", "single")

        assert [(one["task"], one["resolved"], one["hidden"]["of"]) for one in found["trials"]] == [
            ("ours__buffer-1", True, 2)
        ]
        (line,) = Path(tmp_path / found["predictions"]["single"]).read_text().splitlines()
        prediction = json.loads(line)
        assert set(prediction) == {"instance_id", "model_name_or_path", "model_patch"}
        repository = repositories / "ours" / "buffer"
        _git(repository, "checkout", "--quiet", base)
        _git(repository, "apply", "--check", "-", stdin=prediction["model_patch"])
        assert _git(repository, "for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"


def test_what_measures_nothing_is_not_counted_and_costs_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, "undo") as (runs, models):
        (tmp_path / "tasks/undo/hidden/tests/test_undo_hidden.py").write_text("def test_nothing():\n    assert True\n")
        shutil.copytree(tmp_path / "tasks/undo", tmp_path / "tasks/words")
        shutil.rmtree(tmp_path / "tasks/words/project")
        (tmp_path / "tasks/words/project").mkdir()
        (tmp_path / "tasks/words/project/notes.txt").write_text("no code\n")

        found, _ = measure(runs)

        assert found["trials"] == []
        assert [one["task"] for one in found["invalid"]] == ["undo", "words"]
        assert "passes on the base already" in found["invalid"][0]["reason"]
        assert models.requests == []


def test_a_run_that_asks_a_person_is_not_resolved_and_says_why(tmp_path: Path) -> None:
    with bench(tmp_path, "undo") as (runs, models):
        script = tmp_path / "tasks/undo/scripted.json"
        script.write_text(json.dumps({"alone": [call("ask", question="How far back?")]}))
        models.script = read_scripts(tmp_path / "tasks")

        found, _ = measure(runs, "--dir", "tasks", "--arms", "single,single+verify")

        assert [(one["resolved"], one["claimed"]) for one in found["trials"]] == [(False, False)] * 2
        assert all("How far back?" in one["reason"] for one in found["trials"])
        assert runs.states() == ["failed"]


def test_a_head_that_makes_up_its_results_is_not_resolved(tmp_path: Path) -> None:
    forgery = (
        "from _pytest import runner\n\n\ndef _pretend(item):\n    return None\n\n\n"
        "runner.pytest_runtest_call.__code__ = _pretend.__code__\n"
    )
    with bench(tmp_path, "undo") as (runs, models):
        script = {"alone": [call("edit", path="conftest.py", content=forgery), call("submit", summary="All pass.")]}
        (tmp_path / "tasks/undo/scripted.json").write_text(json.dumps(script))
        models.script = read_scripts(tmp_path / "tasks")

        found, said = measure(runs, "--dir", "tasks", "--arms", "single")

        (trial,) = found["trials"]
        assert trial["hidden"] == {"passed": 4, "of": 4, "first_failing": "", "made_up": True}
        assert (trial["claimed"], trial["resolved"]) == (True, False)
        assert "results made up" in said


def test_results_on_other_terms_are_refused(tmp_path: Path) -> None:
    with bench(tmp_path, "undo") as (runs, models):
        (tmp_path / "tasks/undo/hidden/tests/test_undo_hidden.py").write_text("def test_nothing():\n    assert True\n")
        measure(runs)

        ended = runs.eaa(
            *("bench", "tasks", "--dir", "tasks", "--model", "openai/scripted", "--results", "results"),
            *("--budget-usd", "1"),
        )

        assert ended.returncode == 2
        assert "other terms" in ended.stderr
        assert models.requests == []


def test_an_interrupted_bench_keeps_what_has_ended_and_goes_on(tmp_path: Path) -> None:
    with bench(tmp_path, "undo") as (runs, models):
        command = ("bench", "tasks", "--dir", "tasks", "--model", "openai/scripted", "--results", "results")
        with runs.started(*command) as process:
            process.lines_until("undo · single: resolved")
            code, errors = process.interrupt()
        assert code == 130, errors
        assert "the same command goes on" in errors
        alone = _asked_alone(models)

        found, _ = measure(runs)

        assert [one["resolved"] for one in found["trials"]] == [True, True, True]
        assert _asked_alone(models) == alone


def _asked_alone(models: LoopbackModels) -> int:
    return sum(b"You work alone" in request.body for request in models.requests)


def _as_swe_bench(folder: Path) -> tuple[Path, str, str]:
    """Return a folder with a repository that has gone on since the base, the base, and the hidden tests as a patch."""
    repository = folder / "repositories" / "ours" / "buffer"
    shutil.copytree(folder / "tasks/undo/project", repository)
    who = ("-c", "user.name=Demo", "-c", "user.email=demo@localhost")
    _git(repository, "init", "--quiet", "--initial-branch=main")
    _git(repository, "add", "--all")
    _git(repository, *who, "commit", "--quiet", "-m", "Start")
    base = _git(repository, "rev-parse", "HEAD")
    shutil.copy(folder / "tasks/undo/hidden/tests/test_undo_hidden.py", repository / "tests")
    _git(repository, "add", "--all")
    patch = _git(repository, "diff", "--cached") + "\n"
    _git(repository, *who, "commit", "--quiet", "-m", "The answer")
    return folder / "repositories", base, patch


def _git(repository: Path, *words: str, stdin: str = "") -> str:
    return subprocess.run(
        ["git", *words], cwd=repository, check=True, capture_output=True, text=True, input=stdin
    ).stdout.strip()
