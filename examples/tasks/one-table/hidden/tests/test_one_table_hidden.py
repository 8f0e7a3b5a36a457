import ast
from pathlib import Path

import pytest

import rates

LIMITS = (100, 500, 2000)
PRICES = (150, 280, 450)


def numbers():
    tree = ast.parse(Path(rates.__file__).read_text())
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is int]


@pytest.mark.parametrize("number", (*LIMITS, *PRICES))
def test_every_limit_and_price_is_written_once(number):
    assert numbers().count(number) == 1


@pytest.mark.parametrize("weight", [1, 99, 100, 101, 250, 500, 501, 1999, 2000])
def test_nothing_changes(weight):
    place = next(place for place, limit in enumerate(LIMITS) if weight <= limit)
    assert rates.postage(weight) == PRICES[place]
    assert rates.is_light(weight) is (place < 2)


@pytest.mark.parametrize("weight", [-5, 0, 2001, 10**9])
@pytest.mark.parametrize("function", [rates.postage, rates.is_light])
def test_no_parcel_stays_none(function, weight):
    with pytest.raises(ValueError):
        function(weight)
