import json

import pytest

from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.ports.schemas import Schemas

PLAN = json.dumps(
    {
        "type": "object",
        "properties": {
            "title": {"type": "string", "minLength": 1},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
        },
        "required": ["title"],
        "additionalProperties": False,
        "$defs": {"step": {"type": "object", "properties": {"size": {"enum": ["small", "large"]}}}},
    }
)


@pytest.fixture
def schemas() -> Schemas:
    return JsonSchemas()


def test_a_value_that_fits_has_no_problems(schemas: Schemas) -> None:
    assert schemas.problems({"title": "One", "steps": [{"size": "small"}]}, PLAN) == ()


def test_each_problem_names_its_place(schemas: Schemas) -> None:
    problems = schemas.problems({"steps": [{"size": "huge"}], "colour": 1}, PLAN)

    assert problems[0].startswith("$.steps[0].size: 'huge' is not one of")
    assert any("'title' is a required property" in problem for problem in problems)
    assert any("colour" in problem for problem in problems)


def test_a_long_list_of_problems_is_bounded(schemas: Schemas) -> None:
    problems = schemas.problems({"title": "One", "steps": [1] * 1_000}, PLAN)

    assert len(problems) == 10
    assert max(map(len, problems)) <= 300


def test_a_schema_that_is_none_is_told(schemas: Schemas) -> None:
    with pytest.raises(ValueError, match="not a JSON Schema"):
        schemas.problems(1, '{"type": "thing"}')


def test_a_reference_to_another_document_is_not_followed(schemas: Schemas) -> None:
    with pytest.raises(ValueError, match="elsewhere"):
        schemas.problems({}, '{"$ref": "http://127.0.0.1:9/elsewhere.json"}')


@pytest.mark.parametrize("schema", ['{"not": ' * 100_000, "[" * 100_000, f'{{"minimum": {"9" * 5_000}}}'])
def test_a_schema_without_end_is_told_to_be_none(schemas: Schemas, schema: str) -> None:
    with pytest.raises(ValueError, match="not a JSON Schema"):
        schemas.problems({}, schema)
