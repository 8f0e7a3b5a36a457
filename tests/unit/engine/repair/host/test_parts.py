"""Small parts of the host: limits, values, localisation, options."""

import functools
import sys
import types
from pathlib import Path

import pytest

from eaa.engine.repair.host.addopts import kept_options
from eaa.engine.repair.host.limits import limit_for, timed
from eaa.engine.repair.host.localise import Suspicion
from eaa.engine.repair.host.state import State
from eaa.engine.repair.host.values import describe, spell, variants


def endless() -> str:
    while True:
        pass


def stubborn() -> str:
    count = 0
    while count < 3:
        try:
            endless()
        except BaseException:
            count += 1
    return "passed"


def broken() -> str:
    raise KeyError


@pytest.mark.parametrize(
    ("call", "outcome"),
    [(lambda: "passed", "passed"), (endless, "timed out"), (broken, "failed"), (lambda: "skipped", "skipped")],
)
def test_calls_are_limited_and_judged(call: functools.partial[str], outcome: str) -> None:
    assert timed(call, limit_for(0.05)).outcome == outcome


def test_a_call_that_swallows_the_first_ring_is_interrupted_again() -> None:
    assert timed(stubborn, limit_for(0.05)).seconds < 30


def test_lines_only_failing_tests_run_are_most_suspicious() -> None:
    a, b, c = ("f", 1), ("f", 2), ("f", 3)

    suspicion = Suspicion([{a, b}, {a, b}], [{a, c}])

    assert [line for line, _ in suspicion.ranking()] == [b, a]
    assert suspicion.scores[b] == 1.0


def test_values_are_described_without_addresses() -> None:
    class Box:
        def __init__(self) -> None:
            self.inner = {"b": {2, 1}, "a": (1,)}

    assert describe(Box()) == "Box(inner={'b': {1, 2}, 'a': (1,)})"
    assert describe(object()) == describe(object())
    assert describe(number for number in (1, 2)) == "yields [1, 2]"
    assert spell("f", ([1, "x"], {"k": None})) == "f(1, 'x', k=None)"


def test_variants_change_one_argument_and_stay_in_range() -> None:
    given: tuple[list[object], dict[str, object]] = ([5, [1, 2, 3]], {})

    found = list(variants(given, [given, ([2, []], {})]))

    assert all((new[0][0] == 5) or (new[0][1] == [1, 2, 3]) for new in found)
    assert [5, [3, 2, 1]] in [new[0] for new in found]
    assert min(new[0][0] for new in found) >= 2
    assert given == ([5, [1, 2, 3]], {})


def test_module_state_is_put_back(tmp_path: Path) -> None:
    path = tmp_path / "memo.py"
    path.write_text("")
    module = types.ModuleType("memo_of_a_test")
    module.__file__ = str(path)
    table, defaults = {"a": [1]}, [0]

    def function(known: list[int] = defaults) -> list[int]:
        return known

    vars(module).update(table=table, function=function)
    sys.modules[module.__name__] = module
    try:
        state = State({str(path.resolve())})
        table["a"].append(2)
        table["b"] = []
        function().append(9)
        state.restore()
    finally:
        del sys.modules[module.__name__]

    assert table == {"a": [1]}
    assert defaults == [0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -n 4 --cov=x --import-mode=importlib -p my_plugin -p xdist\n"),
        ("setup.cfg", "[tool:pytest]\naddopts = --import-mode=importlib -x -p my_plugin\n"),
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\naddopts = ["-x", "--import-mode=importlib", "-p", "my_plugin"]\n',
        ),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-q --import-mode=importlib -p my_plugin"\n'),
    ],
)
def test_only_options_that_matter_for_collection_are_kept(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    assert kept_options(str(tmp_path)) == ["--import-mode=importlib", "-p", "my_plugin"]


def test_no_configuration_means_no_options(tmp_path: Path) -> None:
    assert kept_options(str(tmp_path)) == []
