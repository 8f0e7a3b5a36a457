"""Ends without a branch say why, in honest words."""

from dataclasses import replace

import pytest

from eaa.domain.artefact import Patch, Reproduction, Requirement, WrittenTests
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.fix import FixResult
from eaa.domain.ids import CommitId, RunId, TestId
from eaa.domain.kind import Kind
from eaa.domain.question import Question
from eaa.domain.verdict import TaskVerdict
from eaa.engine.workflows.endings import not_repaired, nothing_red, undecided, without_author
from eaa.engine.workflows.order import Order
from tests.support.tiny_world import REPOSITORY

BASE = CommitId("a" * 40)
ORDER = Order(run_id=RunId("run_1"), repository=REPOSITORY, base=BASE, request=EnvironmentRequest())
TEST = TestId("tests/test_calc.py::test_add")


def requirement(kind: Kind = Kind.BUG, *questions: Question) -> Requirement:
    """Make a requirement without criteria."""
    return Requirement(kind=kind, kind_because="said", title="Add", criteria=(), questions=questions)


def written(*, green: tuple[TestId, ...] = (), wrong_reason: tuple[tuple[TestId, str], ...] = ()) -> WrittenTests:
    """Make tests of which none is red for the right reason."""
    return WrittenTests(commit=BASE, paths=(), tests=(), red=(), green=green, wrong_reason=wrong_reason)


def test_without_a_requirement_there_is_still_a_question() -> None:
    result = undecided(ORDER, None)

    assert (result.verdict, result.kind) == (TaskVerdict.NEEDS_DECISION, None)
    assert "example" in result.questions[0].text


def test_the_questions_of_the_requirement_are_passed_on() -> None:
    question = Question("Which one?", options=("a", "b"))

    assert undecided(ORDER, requirement(Kind.BUG, question)).questions == (question,)


def test_a_kind_without_rules_of_evidence_is_named() -> None:
    assert "kind performance cannot be worked on yet" in undecided(ORDER, requirement(Kind.PERFORMANCE)).note


@pytest.mark.parametrize("kind", [Kind.FEATURE, Kind.REFACTOR])
def test_what_needs_an_author_fails_and_says_so(kind: Kind) -> None:
    result = without_author(ORDER, requirement(kind))

    assert (result.verdict, result.kind) == (TaskVerdict.FAILED, kind)
    assert "without a model only failing tests can be repaired" in result.note


def test_green_tests_mean_fixed_already() -> None:
    assert nothing_red(ORDER, requirement(), written(green=(TEST,)), None).verdict is TaskVerdict.ALREADY_FIXED


@pytest.mark.parametrize(
    ("kind", "verdict"), [(Kind.FEATURE, TaskVerdict.FAILED), (Kind.BUG, TaskVerdict.CANNOT_REPRODUCE)]
)
def test_green_tests_that_a_model_wrote_do_not_mean_fixed_already(kind: Kind, verdict: TaskVerdict) -> None:
    tests = replace(written(green=(TEST,)), author="some/model")

    result = nothing_red(replace(ORDER, has_model=True), requirement(kind), tests, None)

    assert result.verdict is verdict


def test_a_bug_that_shows_otherwise_cannot_be_reproduced_and_what_was_tried_is_listed() -> None:
    reproduction = Reproduction(is_reproduced=False, tests=(), symptom="", suspects=(), tried=("ran test_add",))

    result = nothing_red(ORDER, requirement(), written(wrong_reason=((TEST, "ImportError"),)), reproduction)

    assert result.verdict is TaskVerdict.CANNOT_REPRODUCE
    assert result.tried == ("ran test_add", f"{TEST}: ImportError")


def test_a_green_test_beside_one_that_is_red_for_another_reason_is_not_fixed_already() -> None:
    tests = written(green=(TEST,), wrong_reason=((TEST, "ImportError"),))

    assert nothing_red(ORDER, requirement(), tests, None).verdict is TaskVerdict.CANNOT_REPRODUCE


def test_a_feature_that_shows_no_failure_has_no_author() -> None:
    result = nothing_red(ORDER, requirement(Kind.FEATURE), written(wrong_reason=((TEST, "ImportError"),)), None)

    assert result == without_author(ORDER, requirement(Kind.FEATURE))


def test_a_model_whose_tests_show_nothing_is_not_called_missing() -> None:
    order = replace(ORDER, has_model=True)

    result = nothing_red(order, requirement(Kind.FEATURE), written(wrong_reason=((TEST, "ImportError"),)), None)

    assert (result.verdict, result.tried) == (TaskVerdict.FAILED, (f"{TEST}: ImportError",))
    assert "without a model" not in result.note


def test_the_note_of_the_last_patch_is_the_reason() -> None:
    found = FixResult(fixes=(), suspects=(), distinguishing_input=None, candidates_tried=0, seconds=0.0)
    patch = Patch(commit=None, fix=found, chosen=None, quality=(), note="60 candidates, none passed.")

    assert not_repaired(ORDER, requirement(), patch, None).note == "60 candidates, none passed."
    assert not_repaired(ORDER, requirement(), None, None).note == "No change was found that passes."
