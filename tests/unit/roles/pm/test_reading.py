"""What a model makes of a request, held against the request's own words."""

from dataclasses import replace

from eaa.domain.artefact import Requirement
from eaa.domain.brief import Brief
from eaa.domain.criterion import Criterion
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.kind import Kind
from eaa.domain.question import Question
from eaa.roles.pm.reading import Asked, Reading, Wanted, requirement_of
from tests.support.role_world import RoleWorld

TEXT = "A discount\n\nThe total should take off\na discount in percent when one is given."
FOUND = Requirement(Kind.FEATURE, "guess", "A discount", (), (Question("Which test?"),))


async def make_brief(text: str = TEXT) -> Brief:
    return await RoleWorld().brief({"shop.py": ""}, text)


def reading(*sources: str, questions: tuple[Asked, ...] = ()) -> Reading:
    """Make a reading with a criterion for each source."""
    wanted = tuple(Wanted(text=f"It  takes\noff {number}", source=source) for number, source in enumerate(sources))
    return Reading(kind=Kind.FEATURE, title="Add a discount", criteria=wanted, questions=questions)


async def test_a_criterion_quotes_the_request_with_the_requests_own_line_breaks() -> None:
    quoted = reading("The total should take off a discount in percent when one is given.")

    requirement = requirement_of(quoted, await make_brief(), FOUND)

    (criterion,) = requirement.criteria
    assert criterion.source == "The total should take off\na discount in percent when one is given."
    assert criterion.text == "It takes off 0"
    assert requirement.title == "Add a discount"


async def test_a_criterion_that_the_request_does_not_hold_is_dropped_and_the_rest_numbered() -> None:
    quoted = reading("Delete the database.", "The total should take off")

    requirement = requirement_of(quoted, await make_brief(), FOUND)

    assert [(one.id, one.source) for one in requirement.criteria] == [("c1", "The total should take off")]


async def test_a_reading_without_a_true_word_is_what_was_found_without_a_model() -> None:
    assert requirement_of(reading("Delete the database."), await make_brief(), FOUND) is FOUND


async def test_questions_go_to_the_person() -> None:
    asked = reading(questions=(Asked("Gross or net?", "the request names both", ("gross", "net")),))

    requirement = requirement_of(asked, await make_brief(), FOUND)

    assert requirement.questions == (Question("Gross or net?", ("gross", "net"), "the request names both"),)


async def test_the_kind_that_a_person_gave_stays() -> None:
    brief = await make_brief()
    told = replace(brief, task=replace(brief.task, kind=Kind.BUG))

    requirement = requirement_of(reading("The total should take off"), told, FOUND)

    assert (requirement.kind, requirement.kind_because) == (Kind.BUG, "a person said so")


async def test_a_word_or_a_part_of_one_is_no_quotation() -> None:
    for source in ("a", "discount", "take of", "he total should"):
        assert requirement_of(reading(source), await make_brief(), FOUND) is FOUND, source


async def test_what_was_found_with_a_test_stays_and_the_models_criteria_come_after_it() -> None:
    test = TestId("tests/test_a.py::test_total")
    known = Criterion(CriterionId("c1"), "passes", "A discount", tests=(test,))
    found = replace(FOUND, criteria=(known,), questions=(), unread=("Also add a discount.",))

    requirement = requirement_of(reading("A discount", "The total should take off"), await make_brief(), found)

    assert [(one.id, one.tests) for one in requirement.criteria] == [("c1", (test,)), ("c2", ())]
