"""Expressions grown from values."""

import ast
import time

import pytest

from eaa.engine.repair.host.grow import Garden, frozen
from eaa.engine.repair.host.tree import constant


def garden(scenes: list[dict[str, object]]) -> Garden:
    grown = Garden(scenes, [constant(0), constant(1), constant(2)], {}, until=time.monotonic() + 60)
    grown.grow()
    return grown


@pytest.mark.parametrize(
    ("scenes", "wanted", "text"),
    [
        ([{"a": 3, "b": 4}, {"a": 5, "b": 1}], (12, 5), "a * b"),
        ([{"a": 3, "b": 4}, {"a": 5, "b": 1}], (4, 5), "max(a, b)"),
        ([{"x": [3, 1, 2]}, {"x": [2, 1]}], ([1, 2, 3], [1, 2]), "sorted(x)"),
        ([{"s": "Ab"}, {"s": "xY"}], ("ab", "xy"), "s.lower()"),
        ([{"x": [5, 6, 7], "i": 1}, {"x": [5, 6], "i": 0}], (6, 5), "x[i]"),
    ],
)
def test_wanted_values_are_grown(scenes: list[dict[str, object]], wanted: tuple[object, ...], text: str) -> None:
    grown = garden(scenes)

    found = [ast.unparse(each.node) for each in [*grown.first, *grown.second] if frozen(each.values) == frozen(wanted)]

    assert found == [text]


def test_conditions_separate_scenes() -> None:
    grown = garden([{"n": 3}, {"n": 4}, {"n": 8}, {"n": 5}])

    found = [ast.unparse(node) for node, truth in grown.truths() if truth == (False, True, True, False)]

    assert found
    assert any("n % 2" in text for text in found)


def test_values_of_different_types_are_different() -> None:
    assert frozen((1,)) != frozen((True,))
    assert frozen(([1],)) != frozen(((1,),))
    assert frozen(({1: 2},)) == frozen(({1: 2},))
