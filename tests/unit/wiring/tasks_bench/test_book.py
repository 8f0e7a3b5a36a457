"""Results that are kept as they come."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eaa.domain.errors import InvalidRequest
from eaa.domain.trial import Arm, HiddenOutcome, Invalid, Trial
from eaa.wiring.tasks_bench.book import TRIALS_FILE, Book, Terms
from eaa.wiring.tasks_bench.run import is_scripted

TERMS = Terms(source="tasks", model="openai/some", budget_usd=2.0)
TRIAL = Trial(exercise="one", arm=Arm.SINGLE, hidden=HiddenOutcome(passed=1, of=2), patch="diff é\n")


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    book = Book.open(tmp_path, TERMS)
    book.add(TRIAL)
    book.add(Invalid("two", "nothing to run"))

    again = Book.open(tmp_path, TERMS)

    assert again.trials == [TRIAL]
    assert again.invalid == [Invalid("two", "nothing to run")]
    assert again.left("one", tuple(Arm)) == (Arm.SINGLE_VERIFY, Arm.TEAM)
    assert again.left("two", tuple(Arm)) == ()


def test_a_line_that_a_kill_cut_off_is_forgotten_and_the_next_one_is_whole(tmp_path: Path) -> None:
    Book.open(tmp_path, TERMS).add(TRIAL)
    with (tmp_path / TRIALS_FILE).open("ab") as file:
        file.write(b'{"trial": {"exer')

    book = Book.open(tmp_path, TERMS)
    book.add(replace(TRIAL, exercise="two"))

    assert [trial.exercise for trial in Book.open(tmp_path, TERMS).trials] == ["one", "two"]


@pytest.mark.parametrize(
    "other", [replace(TERMS, model="openai/other"), replace(TERMS, budget_usd=1.0), replace(TERMS, source="elsewhere")]
)
def test_trials_on_other_terms_are_not_mixed(tmp_path: Path, other: Terms) -> None:
    Book.open(tmp_path, TERMS)

    with pytest.raises(InvalidRequest, match="other terms"):
        Book.open(tmp_path, other)


def test_predictions_have_the_three_fields_of_the_harness(tmp_path: Path) -> None:
    book = Book.open(tmp_path, TERMS)
    book.add(TRIAL)

    book.write_predictions()

    (line,) = book.predictions(Arm.SINGLE).read_text().splitlines()
    assert json.loads(line) == {
        "instance_id": "one",
        "model_name_or_path": "eaa single openai/some",
        "model_patch": "diff é\n",
    }
    assert not book.predictions(Arm.TEAM).exists()


@pytest.mark.parametrize(
    ("model", "due"), [("openai/scripted", True), ("loop-1", True), ("openai/gpt-9", False), ("scripts/large", False)]
)
def test_a_scripted_model_is_known_by_its_name(model: str, due: bool) -> None:
    assert is_scripted(model) is due
