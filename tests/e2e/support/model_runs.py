"""Runs of `eaa` whose roles work with a scripted model behind a loopback server."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.support.real_runs import RealRuns
from tests.loopback.in_thread import in_thread
from tests.loopback.models import KEY, LoopbackModels, serving_models
from tests.loopback.scripted_team import team_of

REQUEST = "A discount\n\nThe total should take off a discount in percent when one is given."
PROJECT = {
    "prices.py": '"""Prices of a shop."""\n\n\ndef total(prices):\n    """Return the sum."""\n    return sum(prices)\n',
    "tests/test_prices.py": "from prices import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
}
Script = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class ModelRuns:
    """A checkout, an EAA_HOME, and a model."""

    local: RealRuns
    models: LoopbackModels

    @property
    def command(self) -> tuple[str, ...]:
        """Return the words of a run."""
        return ("run", REQUEST, "--repo", ".", "--yes")

    def prompts(self) -> list[list[dict[str, Any]]]:
        """Return the messages of each prompt so far."""
        return [received.content()["messages"] for received in self.models.requests if received.method == "POST"]


def call(name: str, text: str = "", **arguments: Any) -> dict[str, Any]:
    """Make a scripted answer that calls one tool."""
    return {"text": text, "calls": [{"name": name, "arguments": arguments}]}


REQUIREMENT = {
    "kind": "feature",
    "title": "Take a discount off the total",
    "criteria": [
        {
            "text": "total() takes off a discount in percent when one is given.",
            "source": "The total should take off a discount in percent when one is given.",
        }
    ],
    "questions": [],
}
TESTS = """from prices import total


def test_c1_a_discount_is_taken_off():
    assert total([100, 50], discount=10) == 135


def test_c1_a_quarter_is_taken_off():
    assert total([8], discount=25) == 6
"""
CHANGED = '''"""Prices of a shop."""


def total(prices, discount=0):
    """Return the sum, less a discount in percent."""
    return sum(prices) * (100 - discount) / 100
'''
WRONG = CHANGED.replace("(100 - discount) / 100", "1")
TESTER = (
    call("shell", "I look first.", command="cat prices.py tests/test_prices.py"),
    call("edit", path="tests/test_discount.py", content=TESTS),
    call("shell", command="python -m pytest -q tests/test_discount.py"),
    call("submit", summary="Two tests of a discount in percent."),
)
AUTHOR = (
    call("shell", "First the failure.", command="python -m pytest -q"),
    call("edit", path="prices.py", content=CHANGED),
    call("shell", command="python -m pytest -q"),
    call("submit", summary="There was no discount. total() takes one in percent now."),
)
GOOD: Script = {"requirement": [{"text": REQUIREMENT}], "tester": TESTER, "author": AUTHOR}


@contextmanager
def model_runs(folder: Path, script: Script = GOOD) -> Iterator[ModelRuns]:
    """Lay out a project, and serve a scripted model inside the block."""
    with serving_models_in_thread(LoopbackModels()) as models:
        models.script = team_of(script)
        variables = {
            "EAA_MODEL": "openai/loop-1",
            "OPENAI_BASE_URL": f"{models.address}/v1",
            "OPENAI_API_KEY": KEY,
        }
        local = RealRuns(repository=folder / "project", home=folder / "home", variables=variables)
        for path, content in PROJECT.items():
            (local.repository / path).parent.mkdir(parents=True, exist_ok=True)
            (local.repository / path).write_text(content)
        local.git("init", "--quiet", "--initial-branch=main")
        local.git("add", "--all")
        local.git("-c", "user.name=Demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "Start")
        yield ModelRuns(local, models)


@contextmanager
def serving_models_in_thread(models: LoopbackModels) -> Iterator[LoopbackModels]:
    """Serve on a free port beside a test that is no coroutine."""
    with in_thread(serving_models(models)):
        yield models
