from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eaa.domain.model_errors import PromptInvalid
from eaa.engine.llm.prompts import read_prompt, render
from eaa.ports.prompts import PromptFile

PLAN = """+++
version = 2
description = "Plans."
tier = "large"
needs = ["tools"]
answer_schema = { type = "object" }

[inputs.task]
description = "The request."
limit_bytes = 100

[inputs.note]
description = "A remark."
required = false
+++
Plan this: {{ task }}
{% if note %}
Mind: {{ note }}
{% endif %}
"""


def file_of(text: str) -> PromptFile:
    return PromptFile("plan", text.encode(), "shipped")


def test_a_file_is_read_with_its_hash() -> None:
    prompt = read_prompt(file_of(PLAN))

    assert (prompt.version, prompt.tier, prompt.answer_schema_json) == (2, "large", '{"type": "object"}')
    assert len(prompt.sha256) == 64
    assert [one.is_required for one in prompt.inputs] == [True, False]


def test_gaps_are_filled_in() -> None:
    prompt = read_prompt(file_of(PLAN))

    assert render(prompt, {"task": "mend it"}) == "Plan this: mend it"
    assert render(prompt, {"task": "mend it", "note": "soon"}) == "Plan this: mend it\nMind: soon"


@pytest.mark.parametrize(
    ("values", "words"), [({}, "needs task"), ({"task": "x", "colour": "blue"}, "knows no colour")]
)
def test_a_missing_or_unknown_value_is_told(values: Mapping[str, str], words: str) -> None:
    with pytest.raises(PromptInvalid, match=words):
        render(read_prompt(file_of(PLAN)), values)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("+++\nversion", "version"), "does not begin with TOML"),
        (("version = 2", "version = 0"), "its head cannot be used"),
        (("version = 2", "version = 2\ncolour = 1"), "colour"),
        (("{{ task }}", "{{ task"), "its template is broken"),
        (("{{ task }}", "{{ task }} {{ secret }}"), "uses secret, which are not inputs"),
        (("{{ task }}", "it"), "does not use task"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(change: tuple[str, str], words: str) -> None:
    with pytest.raises(PromptInvalid, match=words):
        read_prompt(file_of(PLAN.replace(*change)))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ task.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ task.format.__globals__ }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{% include '/etc/passwd' %}",
        "{{ cycler.__init__.__globals__ }}",
    ],
)
def test_a_template_reaches_nothing_but_its_inputs(attack: str) -> None:
    text = PLAN.replace("{{ task }}", "{{ task }}" + attack)

    with pytest.raises(PromptInvalid):
        render(read_prompt(file_of(text)), {"task": "x"})


def test_a_value_that_looks_like_a_template_stays_a_text() -> None:
    assert render(read_prompt(file_of(PLAN)), {"task": "{{ 7 * 7 }}"}) == "Plan this: {{ 7 * 7 }}"


@given(task=st.text(max_size=400))
def test_no_value_is_longer_than_its_limit(task: str) -> None:
    rendered = render(read_prompt(file_of(PLAN)), {"task": task})

    assert len(rendered.encode()) <= len("Plan this: ") + 100
