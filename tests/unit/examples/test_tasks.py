"""Our own tasks and their scripts fit each other."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eaa.adapters.files.exercises import read_exercises
from eaa.domain.exercise import SourceKind

TASKS = Path(__file__).resolve().parents[3] / "examples" / "tasks"
NAMES = sorted(path.parent.name for path in TASKS.glob("*/task.md"))


def script_of(name: str) -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads((TASKS / name / "scripted.json").read_text())
    return loaded


def test_there_are_six_and_each_is_read() -> None:
    exercises = read_exercises(TASKS)

    assert [exercise.name for exercise in exercises] == NAMES
    assert Counter(exercise.source_kind for exercise in exercises) == {SourceKind.FOLDER: 6}


def test_no_two_requests_begin_alike() -> None:
    firsts = {(TASKS / name / "task.md").read_text().splitlines()[0] for name in NAMES}

    assert len(firsts) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_scripted_model_quotes_the_request_and_edits_what_is_there(name: str) -> None:
    script, request = script_of(name), (TASKS / name / "task.md").read_text()

    for answer in script.get("requirement", ()):
        assert all(criterion["source"] in request for criterion in answer["text"]["criteria"])
    for role in ("alone", "author"):
        for call in (call for answer in script.get(role, ()) for call in answer["calls"]):
            if "old" in call["arguments"]:
                source = TASKS / name / "project" / call["arguments"]["path"]
                assert source.read_text().count(call["arguments"]["old"]) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_scripted_model_never_sees_or_writes_a_hidden_file(name: str) -> None:
    hidden = {path.relative_to(TASKS / name / "hidden").as_posix() for path in (TASKS / name / "hidden").rglob("*.py")}
    calls = [call for answers in script_of(name).values() for answer in answers for call in answer.get("calls", ())]

    assert hidden
    assert hidden.isdisjoint(call["arguments"].get("path", "") for call in calls)
