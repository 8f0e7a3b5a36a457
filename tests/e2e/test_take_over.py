"""A person takes the workspace of a run over and gives it back; the model's replies are scripted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.support.model_runs import (
    AUTHOR,
    CHANGED,
    REQUIREMENT,
    TESTER,
    ModelRuns,
    Script,
    call,
    model_runs,
)

ASKING: Script = {
    "requirement": [{"text": REQUIREMENT}],
    "tester": TESTER,
    "author": [call("ask", question="Of the sum, or of each price?"), *AUTHOR[1:]],
}
BUSY: Script = {**ASKING, "author": [call("shell", command="sleep 300"), *AUTHOR[2:]]}


@pytest.fixture
def run_of_asking(tmp_path: Path) -> Iterator[tuple[ModelRuns, str]]:
    with model_runs(tmp_path, ASKING) as runs:
        assert runs.local.eaa(*runs.command).returncode == 4
        ((run,),) = runs.local.rows("SELECT id FROM runs")
        yield runs, run


def test_a_person_finishes_the_work_and_it_is_verified_like_any_other(
    run_of_asking: tuple[ModelRuns, str], tmp_path: Path
) -> None:
    runs, run = run_of_asking
    work = tmp_path / "work"
    taken = runs.local.eaa("task", "take", run, "--into", str(work))
    assert taken.returncode == 0, taken.stderr
    assert (work / "tests/test_discount.py").exists()
    (work / "prices.py").write_text(CHANGED)
    asked = len(runs.prompts())

    given = runs.local.eaa("task", "hand-back", run, "--done", "--note", "It is of the sum.", "--json")
    ended = runs.local.eaa("resume", "--json")

    assert given.returncode == 0, given.stderr
    assert json.loads(given.stdout)["paths"] == ["prices.py"]
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert result["verdict"] == "done"
    assert len(runs.prompts()) == asked, "the model was asked although the work was done"
    assert runs.local.git("show", f"{result['branch']}:prices.py") == CHANGED.strip()
    types = [kind for (kind,) in runs.local.rows("SELECT type FROM events")]
    assert types.index("workspace.taken") < types.index("workspace.handed_back") < types.index("patch.proposed")
    assert runs.local.eaa("verify", run).returncode == 0
    replayed = runs.local.eaa("replay", run)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert runs.local.git("status", "--porcelain") == ""


def test_while_a_person_has_the_workspace_nobody_else_works_on_the_run(
    run_of_asking: tuple[ModelRuns, str], tmp_path: Path
) -> None:
    runs, run = run_of_asking
    assert runs.local.eaa("task", "take", run, "--into", str(tmp_path / "work")).returncode == 0

    resumed, again, run_again = (
        runs.local.eaa("resume", run),
        runs.local.eaa("task", "take", run, "--into", str(tmp_path / "other")),
        runs.local.eaa(*runs.command),
    )

    assert [one.returncode for one in (resumed, again, run_again)] == [4, 4, 4]
    for refused in (resumed, again, run_again):
        assert str(tmp_path / "work") in refused.stderr
        assert "hand-back" in refused.stderr
    assert not (tmp_path / "other").exists()


def test_a_model_goes_on_from_what_a_person_made_of_its_workspace(tmp_path: Path) -> None:
    with model_runs(tmp_path, BUSY) as runs:
        work = tmp_path / "work"
        with runs.local.started(*runs.command) as process:
            while not _has_begun_a_command(runs):
                assert process.process.poll() is None
                process.wait_at_most(0.1)
            ((run,),) = runs.local.rows("SELECT id FROM runs")
            taken = runs.local.eaa("task", "take", run, "--into", str(work))
            assert taken.returncode == 0, taken.stderr
            process.wait_at_most(60)
        (work / "prices.py").write_text(CHANGED)

        given = runs.local.eaa("task", "hand-back", run, "--note", "Rates are in percent.")
        ended = runs.local.eaa("resume", "--json")

        assert given.returncode == 0, given.stderr
        assert (ended.returncode, json.loads(ended.stdout)["verdict"]) == (0, "done"), ended.stderr
        last = json.dumps(runs.prompts()[-1])
        assert "Rates are in percent." in last
        assert "+def total(prices, discount=0):" in last
        story = runs.local.eaa("task", "show", run).stdout
        assert "gave the workspace back, changed: prices.py" in story


def test_a_workspace_with_something_strange_in_it_stays_with_the_person(
    run_of_asking: tuple[ModelRuns, str], tmp_path: Path
) -> None:
    runs, run = run_of_asking
    work = tmp_path / "work"
    runs.local.eaa("task", "take", run, "--into", str(work))
    (work / "secrets").symlink_to("/etc/passwd")

    refused = runs.local.eaa("task", "hand-back", run)
    (work / "secrets").unlink()
    given, twice = runs.local.eaa("task", "hand-back", run), runs.local.eaa("task", "hand-back", run)

    assert refused.returncode == 2, refused.stderr
    assert "secrets" in refused.stderr
    assert given.returncode == 0, given.stderr
    assert twice.returncode == 2
    assert "nobody has" in twice.stderr


def test_a_large_and_strange_change_is_given_back_too(run_of_asking: tuple[ModelRuns, str], tmp_path: Path) -> None:
    runs, run = run_of_asking
    work = tmp_path / "work"
    runs.local.eaa("task", "take", run, "--into", str(work))
    for number in range(60):
        (work / f"{'long' * 40}-{number}.txt").write_text('"\x01\x02' * 5_000)

    given = runs.local.eaa("task", "hand-back", run, "--note", '"\x01' * 3_000)

    assert given.returncode == 0, given.stderr
    assert runs.local.states() == ["waiting"]


def test_a_folder_that_is_gone_is_given_back_unchanged(run_of_asking: tuple[ModelRuns, str], tmp_path: Path) -> None:
    runs, run = run_of_asking
    work = tmp_path / "work"
    runs.local.eaa("task", "take", run, "--into", str(work))
    work.rename(tmp_path / "lost")

    missing = runs.local.eaa("task", "hand-back", run)
    given = runs.local.eaa("task", "hand-back", run, "--unchanged", "--note", "Of the sum.")
    ended = runs.local.eaa("resume", "--json")

    assert missing.returncode == 2
    assert "--unchanged" in missing.stderr
    assert given.returncode == 0, given.stderr
    assert (ended.returncode, json.loads(ended.stdout)["verdict"]) == (0, "done"), ended.stderr


def test_a_folder_with_something_in_it_is_left_alone(run_of_asking: tuple[ModelRuns, str], tmp_path: Path) -> None:
    runs, run = run_of_asking
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")

    refused = runs.local.eaa("task", "take", run, "--into", str(tmp_path / "mine"))

    assert refused.returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert runs.local.states() == ["waiting"]


def _has_begun_a_command(runs: ModelRuns) -> bool:
    begun = "SELECT 1 FROM transcripts WHERE context = 'author' AND kind = 'tool started'"
    return bool(runs.local.states()) and bool(runs.local.rows(begun))
