"""`eaa run` with a scripted model over real HTTP: done, contradicted, out of budget, killed and resumed."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.support.model_runs import (
    AUTHOR,
    CHANGED,
    GOOD,
    REQUEST,
    REQUIREMENT,
    TESTER,
    WRONG,
    ModelRuns,
    Script,
    call,
    model_runs,
)

_ENTRY = re.compile(r"  \d+ (shell|edit|submit)")


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[ModelRuns]:
    with model_runs(tmp_path) as made:
        yield made


def test_a_feature_goes_from_one_sentence_to_a_branch_whose_evidence_verifies(runs: ModelRuns) -> None:
    ended = runs.local.eaa(*runs.command, "--json")

    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["kind"], said["verdict"]) == ("feature", "done")
    assert [criterion["verdict"] for criterion in said["criteria"]] == ["shown"]
    assert said["tokens"]["input"] > said["tokens"]["cached_input"] > 0
    subjects = runs.local.git("log", "--format=%s", f"main..{said['branch']}").splitlines()
    assert subjects == ["feat: take a discount off the total", "test: take a discount off the total"]
    assert runs.local.eaa("verify", said["run"], "--repo", ".").returncode == 0


def test_every_prompt_begins_with_the_one_before_it(runs: ModelRuns) -> None:
    runs.local.eaa(*runs.command)

    author = [prompt for prompt in runs.prompts() if "You are the author" in json.dumps(prompt[1])]
    assert len(author) == len(AUTHOR)
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(author))
    tester = next(prompt for prompt in runs.prompts() if "You are the tester" in json.dumps(prompt[1]))
    assert tester[0] == author[0][0]


def test_a_model_that_claims_success_is_contradicted_by_the_verdict(tmp_path: Path) -> None:
    lies = call("submit", summary="All tests pass.")
    script: Script = {
        "requirement": [{"text": REQUIREMENT}],
        "tester": TESTER,
        "author": [call("edit", path="prices.py", content=WRONG), lies, lies, lies],
    }
    with model_runs(tmp_path, script) as runs:
        ended = runs.local.eaa(*runs.command, "--json")

        assert ended.returncode == 3, ended.stderr
        said = json.loads(ended.stdout)
        assert said["verdict"] == "failed"
        assert said["branch"] is None
        assert said["criteria"][0]["verdict"] == "contradicted"
        reports = [prompt for prompt in runs.prompts() if "fails on the head" in json.dumps(prompt[-1])]
        assert len(reports) == 2


def test_no_model_is_asked_offline(runs: ModelRuns) -> None:
    ended = runs.local.eaa(*runs.command, "--offline", "--json")

    assert json.loads(ended.stdout)["verdict"] == "needs a decision"
    assert runs.models.requests == []


def test_a_run_without_room_in_its_budget_waits_and_goes_on_with_more(runs: ModelRuns) -> None:
    poor = runs.local.eaa(*runs.command, "--budget-usd", "0.02")

    assert poor.returncode == 5, poor.stderr
    assert "eaa resume" in poor.stderr
    assert runs.local.states() == ["waiting"]
    asked = len(runs.models.requests)

    rich = runs.local.eaa("resume", "--budget-usd", "2", "--json")

    assert rich.returncode == 0, rich.stderr
    assert json.loads(rich.stdout)["verdict"] == "done"
    assert asked < len(runs.models.requests)


def test_a_run_command_that_is_refused_leaves_the_budget_of_the_run_as_it_was(runs: ModelRuns) -> None:
    runs.local.eaa(*runs.command, "--budget-usd", "0.02")

    refused = runs.local.eaa("run", REQUEST, "--repo", ".")
    otherwise = runs.local.eaa(*runs.command, "--yes", "--test-command", "pytest -x", "--plan")
    still_poor = runs.local.eaa("resume")

    assert refused.returncode == 2, refused.stderr
    assert (otherwise.returncode, "another --test-command and --plan" in otherwise.stderr) == (2, True)
    assert still_poor.returncode == 5, still_poor.stderr


def test_a_run_that_cannot_go_on_here_still_waits(runs: ModelRuns) -> None:
    runs.local.eaa(*runs.command, "--budget-usd", "0.02")
    elsewhere = replace(runs.local, variables={})

    resumed = elsewhere.eaa("resume")
    run_again = elsewhere.eaa(*runs.command)

    assert (resumed.returncode, run_again.returncode) == (2, 2), resumed.stderr + run_again.stderr
    assert "EAA_MODEL" in resumed.stderr
    assert runs.local.states() == ["waiting"]


@pytest.mark.parametrize("entries", [1, 3, 5, 7])
def test_a_run_killed_in_a_conversation_goes_on_where_it_was(runs: ModelRuns, entries: int) -> None:
    with runs.local.started(*runs.command) as process:
        seen = 0
        assert process.process.stderr is not None
        while seen < entries and (line := process.process.stderr.readline()):
            seen += _ENTRY.match(line) is not None
        process.kill()
    assert seen == entries

    ended = runs.local.eaa("resume", "--json")

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["verdict"] == "done"
    # At most the answer in flight at the kill was asked for twice.
    answers = sum(len(answers) for answers in GOOD.values())
    assert answers <= len(runs.prompts()) <= answers + 1


def test_a_refactoring_is_held_by_the_suite_as_it_is(tmp_path: Path) -> None:
    tidied = '"""Prices of a shop."""\n\n\ndef total(prices):\n    """Return the sum."""\n    return sum(prices, 0)\n'
    script: Script = {
        "author": [
            call("edit", path="prices.py", content=tidied),
            call("submit", summary="sum() says where it starts."),
        ]
    }
    with model_runs(tmp_path, script) as runs:
        ended = runs.local.eaa("run", "refactor: total() says where its sum starts", "--repo", ".", "--json")

        said = json.loads(ended.stdout)
        assert (ended.returncode, said["kind"], said["verdict"]) == (0, "refactor", "done"), ended.stderr
        assert [criterion["verdict"] for criterion in said["criteria"]] == ["held"]
        assert runs.local.eaa("verify", said["run"], "--repo", ".").returncode == 0


def test_tests_that_were_asked_for_are_held_against_mutants_and_written_again(tmp_path: Path) -> None:
    weak = "from prices import total\n\n\ndef test_c1_total():\n    total([1, 2])\n"
    strong = weak.replace("    total([1, 2])", "    assert total([1, 2]) == 3\n    assert total([]) == 0")
    script: Script = {
        "tester": [
            call("edit", path="tests/test_more.py", content=weak),
            call("submit", summary="One test of total()."),
            call("edit", path="tests/test_more.py", content=strong),
            call("submit", summary="It looks at values now."),
        ]
    }
    with model_runs(tmp_path, script) as runs:
        ended = runs.local.eaa("run", "Add tests for total() in prices.py.", "--repo", ".", "--json")

        said = json.loads(ended.stdout)
        assert (ended.returncode, said["kind"], said["verdict"]) == (0, "tests", "done"), ended.stderr
        assert runs.local.git("log", "--format=%s", f"main..{said['branch']}").startswith("test:")
        assert "Mutants noticed: 0 of" in json.dumps(runs.prompts()[2])


def test_a_question_waits_for_its_answer(tmp_path: Path) -> None:
    script: Script = {
        "requirement": [{"text": REQUIREMENT}],
        "tester": TESTER,
        "author": [call("ask", question="Percent of the sum or of each price?", options=["sum", "each"]), *AUTHOR[1:]],
    }
    with model_runs(tmp_path, script) as runs:
        asked = runs.local.eaa(*runs.command)

        assert asked.returncode == 4, asked.stderr
        assert "Percent of the sum or of each price? (sum | each)" in asked.stderr
        ((run,),) = runs.local.rows("SELECT id FROM runs")
        too_soon = runs.local.eaa("resume")
        assert (too_soon.returncode, "waits for an answer" in too_soon.stderr) == (2, True), too_soon.stderr
        assert runs.local.eaa("say", run, "Of the sum.").returncode == 0
        ended = runs.local.eaa("resume", "--json")

        assert (ended.returncode, json.loads(ended.stdout)["verdict"]) == (0, "done"), ended.stderr
        assert "Of the sum." in json.dumps(runs.prompts()[-1])


def test_a_stop_in_the_middle_of_a_command_ends_the_run_and_publishes_nothing(tmp_path: Path) -> None:
    script: Script = {"requirement": [{"text": REQUIREMENT}], "tester": [call("shell", command="sleep 300")]}
    with model_runs(tmp_path, script) as runs:
        with runs.local.started(*runs.command) as process:
            while not runs.local.states() or len(runs.prompts()) < 2:
                assert process.process.poll() is None
                process.wait_at_most(0.1)
            ((run,),) = runs.local.rows("SELECT id FROM runs")
            stopped = runs.local.eaa("stop", run)
            assert stopped.returncode == 0, stopped.stderr
            process.wait_at_most(60)
            assert process.process.returncode is not None

        assert runs.local.states() == ["cancelled"]
        assert runs.local.git("for-each-ref", "--format=%(refname:short)", "refs/heads/eaa/") == ""
        assert len(runs.prompts()) == 2


def test_a_plan_waits_for_a_yes_that_is_bound_to_it(runs: ModelRuns) -> None:
    planned = runs.local.eaa(*runs.command, "--plan")

    assert planned.returncode == 4, planned.stderr
    assert "red today: tests/test_discount.py::test_c1_a_discount_is_taken_off" in planned.stderr
    assert "5 to 40 answers" in planned.stderr
    ((run,),) = runs.local.rows("SELECT id FROM runs")
    early = runs.local.eaa("resume")
    assert early.returncode == 4, early.stderr
    assert not any("You are the author" in json.dumps(prompt[1]) for prompt in runs.prompts())

    stranger = runs.local.eaa("task", "approve", run, "--sha256", "00000000")
    assert stranger.returncode == 2
    assert runs.local.eaa("task", "approve", run).returncode == 0
    ended = runs.local.eaa("resume", "--json")

    assert (ended.returncode, json.loads(ended.stdout)["verdict"]) == (0, "done"), ended.stderr


def test_an_example_keeps_its_test_when_the_model_writes_tests_for_the_rest(tmp_path: Path) -> None:
    request = (
        "Discounts and means\n\n`total([100, 50], discount=10)` should return `135`.\n\n"
        "Also add a function mean(prices) that returns the middle price."
    )
    wish = "Also add a function mean(prices) that returns the middle price."
    tests = "def test_c2_the_mean():\n    from prices import mean\n\n    assert mean([2, 4]) == 3\n"
    script: Script = {
        "requirement": [
            {
                "text": {
                    "kind": "feature",
                    "title": "Discounts and means",
                    "criteria": [{"text": "mean() returns the middle price.", "source": wish}],
                    "questions": [],
                }
            }
        ],
        "tester": [call("edit", path="tests/test_mean.py", content=tests), call("submit", summary="One test.")],
        "author": [
            call(
                "edit",
                path="prices.py",
                content=f"{CHANGED}\n\ndef mean(prices):\n    return sum(prices) / len(prices)\n",
            ),
            call("submit", summary="Both are there."),
        ],
    }
    with model_runs(tmp_path, script) as runs:
        ended = runs.local.eaa("run", request, "--repo", ".", "--json")

        said = json.loads(ended.stdout)
        assert ended.returncode == 0, (said, ended.stderr)
        assert [(one["id"], one["verdict"], len(one["tests"])) for one in said["criteria"]] == [
            ("c1", "shown", 1),
            ("c2", "shown", 1),
        ]
        tester = next(json.dumps(prompt) for prompt in runs.prompts() if "You are the tester" in json.dumps(prompt[1]))
        assert "c2: mean()" in tester


DESIGN = {
    "components": [{"name": "what a sum is", "path": "prices.py"}, {"name": "rates", "path": "rates.py"}],
    "interfaces": [{"symbol": "prices.total", "change": "takes a discount in percent, none by default"}],
    "pattern": "A parameter with a default keeps every caller as it is.",
    "alternatives": [{"what": "A class of discounts", "why_not": "Nothing else needs one."}],
    "risks": ["A caller passes a fraction in place of percent."],
    "diagram": "flowchart LR\n  bills --> prices",
}


def test_an_architect_decides_before_a_name_that_others_use_is_changed(tmp_path: Path) -> None:
    script: Script = {**GOOD, "decision": [{"text": DESIGN}]}
    with model_runs(tmp_path, script) as runs:
        (runs.local.repository / "bills.py").write_text(
            "from prices import total\n\n\ndef bill(prices):\n    return total(prices)\n"
        )
        runs.local.git("add", "--all")
        runs.local.git("-c", "user.name=Demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "Bills")
        request = "A discount\n\nThe total should take off a discount in percent when one is given. That is `total()`."
        done = runs.local.eaa("run", request, "--repo", ".", "--yes", "--json")
        run = json.loads(done.stdout)["run"]
        replayed = runs.local.eaa("replay", run)

        assert done.returncode == 0, done.stderr
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        author = next(prompt for prompt in runs.prompts() if "You are the author" in json.dumps(prompt))
        assert "A parameter with a default keeps every caller as it is." in json.dumps(author)
        assert "rates.py (new)" in json.dumps(author)
        outputs = [bytes(step[2]).decode() for name, step in runs.local.steps().items() if "pull request" in name]
        assert "### Design" in outputs[0]
        assert "flowchart LR" in outputs[0]


def test_a_method_that_is_wished_for_is_no_bug_to_be_reproduced(tmp_path: Path) -> None:
    wish = "`Cart` should have a method `count()` and `count()` should be 2 after two adds."
    asking = {**REQUIREMENT, "criteria": [], "questions": [{"text": "Of what?", "because": "", "options": []}]}
    with model_runs(tmp_path, {"requirement": [{"text": asking}]}) as runs:
        asked = runs.local.eaa("run", wish, "--repo", ".", "--yes", "--json")

        result = json.loads(asked.stdout)
        assert (result["kind"], result["verdict"]) == ("feature", "needs a decision")
        assert len(runs.prompts()) == 1
