"""Code that never ends is cut off."""

import builtins
from dataclasses import replace

from eaa.engine.repair.host.limits import TICK, OutOfTime, limit_for, timed


def endless() -> str:
    while True:
        getattr(builtins, TICK)()


def test_a_loop_that_turns_too_often_ends_at_a_known_place() -> None:
    result = timed(endless, replace(limit_for(30), turns=1_000))

    assert result.outcome == "timed out"
    assert not result.is_cut
    assert result.turns == 1_001


def test_a_framework_that_makes_a_failure_of_it_changes_nothing() -> None:
    def caught() -> str:
        try:
            return endless()
        except OutOfTime:
            return "failed"

    assert timed(caught, replace(limit_for(30), turns=10)).outcome == "timed out"


def test_a_loop_that_swallows_everything_still_ends() -> None:
    def stubborn() -> str:
        while True:
            try:
                endless()
            except BaseException:
                continue

    result = timed(stubborn, replace(limit_for(0.05), turns=10))

    assert result.outcome == "timed out"


def test_turns_are_counted_without_a_limit() -> None:
    def thrice() -> str:
        for _ in range(3):
            getattr(builtins, TICK)()
        return "passed"

    assert (timed(thrice, limit_for(30)).outcome, timed(thrice, limit_for(30)).turns) == ("passed", 3)
