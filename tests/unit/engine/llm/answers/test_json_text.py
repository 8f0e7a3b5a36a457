from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.engine.llm.answers.json_text import find_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ("\ufeff [1, 2]\n", [1, 2]),
        ('Sure!\n```json\n{"a": "}"}\n```\nDone.', {"a": "}"}),
        ('The plan is {"a": "say \\"hi\\" }"} and no more', {"a": 'say "hi" }'}),
        ('```python\nx = {}\n```\n```\n{"a": 1}\n```', {"a": 1}),
        ("42", 42),
    ],
)
def test_json_is_found_in_what_stands_around_it(text: str, value: Any) -> None:
    assert find_json(text) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("No idea.", "there is no JSON"),
        ('{"a": 1', "the JSON is broken"),
        ('{"a": 1,}', "the JSON is broken"),
        ("[" * 100_000, "the JSON is broken"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        find_json(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=st.dictionaries(st.text(), values, max_size=4), before=st.text("abc \n.,"), after=st.text("abc \n.,}]"))
def test_any_object_is_found_between_any_words(value: dict[str, Any], before: str, after: str) -> None:
    import json

    assert find_json(before + json.dumps(value) + after) == value
