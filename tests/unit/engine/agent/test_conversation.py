"""How a conversation that did not end with its work parks the run."""

import pytest

from eaa.domain.errors import EaaError, RunStopped
from eaa.domain.ids import RunId
from eaa.domain.parked import LimitReached, ModelGaveUp, ModelStuck, PersonAsked
from eaa.domain.transcript import Ended, EndReason
from eaa.engine.agent.conversation import refuse_unfinished

RUN = RunId("run_01ABCDEFGH")


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        (EndReason.ASKED, PersonAsked),
        (EndReason.LIMIT, LimitReached),
        (EndReason.STUCK, ModelStuck),
        (EndReason.FAULT, ModelGaveUp),
        (EndReason.STOPPED, RunStopped),
    ],
)
def test_every_end_but_submitting_waits_for_somebody(why: EndReason, kind: type[EaaError]) -> None:
    with pytest.raises(kind) as caught:
        refuse_unfinished(Ended(why, "Gross or net?", ("gross", "net")), RUN)

    assert vars(caught.value)["run_id"] == RUN
    if why is EndReason.ASKED:
        assert "Gross or net? (gross | net)" in str(caught.value)


def test_what_was_submitted_is_an_end() -> None:
    refuse_unfinished(Ended(EndReason.SUBMITTED, "Done."), RUN)


@pytest.mark.parametrize(
    ("limit", "hint"), [("80 answers of the model", "grants as much again"), ("0.30 USD", "--budget-usd")]
)
def test_only_money_has_to_be_raised(limit: str, hint: str) -> None:
    with pytest.raises(LimitReached) as reached:
        refuse_unfinished(Ended(EndReason.LIMIT, limit), RunId("run_1"))

    assert hint in reached.value.hint
