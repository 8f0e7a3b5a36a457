"""Orders that can be repeated."""

from itertools import groupby

from eaa.adapters.toolchains.python.probe.shuffle import shuffled

_ITEMS = [f"{module}.{kind}.{test}" for module in "abc" for kind in "XY" for test in "123"]


def groups(item: str) -> list[str]:
    return item.split(".")


def test_zero_keeps_the_order() -> None:
    assert shuffled(_ITEMS, groups, 0) == _ITEMS


def test_groups_stay_together_in_every_order() -> None:
    orders = [shuffled(_ITEMS, groups, seed) for seed in range(1, 20)]
    assert len({tuple(order) for order in orders}) == len(orders)
    for order in orders:
        assert sorted(order) == _ITEMS
        assert len(list(groupby(order, key=lambda item: item[0]))) == 3
        assert len(list(groupby(order, key=lambda item: item[:3]))) == 6


def test_an_item_keeps_its_place_when_others_are_left_out() -> None:
    whole = shuffled(_ITEMS, groups, 5)
    some = [item for item in _ITEMS if item[0] != "b"]
    assert shuffled(some, groups, 5) == [item for item in whole if item in some]
