"""Pauses between tries."""

import pytest

from eaa.kit.pauses import FIRST_S, LONGEST_GROWN_S, LONGEST_TOLD_S, pause_before


def test_pauses_grow_up_to_a_bound() -> None:
    assert [pause_before(number) for number in range(1, 5)] == [1.0, 2.0, 4.0, 8.0]
    assert pause_before(1_000_000) == LONGEST_GROWN_S


@pytest.mark.parametrize(
    ("told_s", "pause_s"),
    [(5.0, 5.0), (0.0, FIRST_S), (-3.0, FIRST_S), (1e18, LONGEST_TOLD_S), (float("inf"), LONGEST_TOLD_S)],
)
def test_what_the_other_side_asks_for_counts_within_bounds(told_s: float, pause_s: float) -> None:
    assert pause_before(7, told_s=told_s) == pause_s
