"""Sums over trials."""

import pytest

from eaa.domain.evidence import TokenCount
from eaa.domain.trial import Arm, Trial
from eaa.domain.verdict import TaskVerdict
from eaa.engine.trials.report import Share, ending_of, report_on


def make_trial(*, arm: Arm = Arm.TEAM, claimed: bool = False, resolved: bool = False, cost: int = 5) -> Trial:
    return Trial(
        exercise="one",
        arm=arm,
        is_claimed=claimed,
        is_resolved=resolved,
        verdict=TaskVerdict.DONE if claimed else TaskVerdict.FAILED,
        cost_microusd=cost,
        tokens=TokenCount(input=10, output=2),
    )


def test_an_arm_is_right_as_often_as_what_it_claims_is_resolved() -> None:
    trials = [
        make_trial(claimed=True, resolved=True),
        make_trial(claimed=True),
        make_trial(resolved=True),
        make_trial(),
    ]

    (total,) = report_on(trials, []).totals

    assert (total.resolved.count, total.resolved.of) == (2, 4)
    assert (total.resolved_if_claimed.count, total.resolved_if_claimed.of) == (1, 2)
    assert (total.cost_microusd, total.tokens.input) == (20, 40)
    assert total.verdicts == (("done", 2), ("failed", 2))


def test_arms_come_in_their_own_order_and_only_those_that_ran() -> None:
    report = report_on([make_trial(arm=Arm.TEAM), make_trial(arm=Arm.SINGLE)], [])

    assert [total.arm for total in report.totals] == [Arm.SINGLE, Arm.TEAM]


def test_tokens_without_a_price_are_counted_as_unpriced_not_as_free() -> None:
    (total,) = report_on([make_trial(cost=0), make_trial()], []).totals

    assert total.unpriced == 1


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (1, 1, 0.2065, 1.0)]
)
def test_the_interval_of_a_share_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    interval = Share(count, of).interval

    assert interval == pytest.approx((low, high), abs=1e-4)


def test_nothing_of_nothing_is_no_share() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None


def test_a_trial_without_a_verdict_says_how_it_ended() -> None:
    assert ending_of(Trial(exercise="one", arm=Arm.SINGLE, is_claimed=True)) == "submitted"
    assert ending_of(Trial(exercise="one", arm=Arm.SINGLE, reason="run.limit: 2.00 USD")) == "ended early"
