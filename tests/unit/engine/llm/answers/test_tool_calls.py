import pytest

from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.domain.completion import ToolCall, ToolSpec
from eaa.engine.llm.answers.tool_calls import check_calls

READ = ToolSpec(
    "read",
    "Reads a file.",
    '{"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}',
)
NOW = ToolSpec("now", "Tells the time.", '{"type": "object"}')


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("write", "{}", "there is no tool 'write'; tools are read, now"),
        ("read", '{"path": ', "the arguments are not JSON"),
        ("read", '{"path": ' * 100_000, "the arguments are not JSON"),
        ("read", '["a"]', "the arguments are not an object"),
        ("read", '{"path": 1}', "$.path: 1 is not of type 'string'"),
        ("read", "", "'path' is a required property"),
    ],
)
def test_a_wrong_call_is_kept_with_words_for_the_model(name: str, arguments: str, problem: str) -> None:
    (checked,) = check_calls([ToolCall("c1", name, arguments)], [READ, NOW], schemas=JsonSchemas())

    assert checked.call.id == "c1"
    assert problem in checked.problems[0]


def test_right_calls_come_with_their_arguments() -> None:
    calls = [ToolCall("c1", "read", '{"path": "a.py"}'), ToolCall("c2", "now", " ")]

    first, second = check_calls(calls, [READ, NOW], schemas=JsonSchemas())

    assert (first.arguments, first.problems) == ({"path": "a.py"}, ())
    assert (second.arguments, second.problems) == ({}, ())
