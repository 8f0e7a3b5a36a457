"""The ledger, and nothing a model says, decides what a run of an origin may do: every cell of the table."""

from itertools import product

import pytest

from eaa.domain.effect import EffectKind, EffectState
from eaa.domain.errors import ApprovalMissing, EffectRefused, InvalidRequest, RunFenced
from eaa.domain.ids import CommitId
from eaa.domain.origin import Origin
from eaa.domain.permission import Permission, permission
from eaa.domain.run import Run
from eaa.engine.approvals import approve
from eaa.engine.effects import Write, perform
from eaa.engine.journal import Desk
from tests.support.flow_world import event_types, fence, make_desk, stored_run

HEAD = CommitId("c0ffee" + "0" * 34)
HERE, PUSH, PROPOSE, COMMENT = EffectKind
MEMBER, OUTSIDE, ANONYMOUS, MACHINE = Origin
FREE, EXACT, ANY, NEVER = Permission
TABLE = {
    # (kind, edits CI): member, outside contributor, anonymous, machine text
    (HERE, False): (FREE, FREE, FREE, FREE),
    (PUSH, False): (FREE, ANY, ANY, ANY),
    (PROPOSE, False): (FREE, ANY, ANY, ANY),
    (COMMENT, False): (FREE, ANY, ANY, ANY),
    (HERE, True): (FREE, NEVER, NEVER, NEVER),
    (PUSH, True): (EXACT, NEVER, NEVER, NEVER),
    (PROPOSE, True): (EXACT, NEVER, NEVER, NEVER),
    (COMMENT, True): (EXACT, NEVER, NEVER, NEVER),
}
CELLS = [
    (kind, edits_ci, origin, TABLE[kind, edits_ci][column])
    for (kind, edits_ci), (column, origin) in product(TABLE, enumerate(Origin))
]


class Outside:
    """Something that is written to."""

    def __init__(self) -> None:
        self.receipt: str | None = None
        self.touched = 0

    async def find(self) -> str | None:
        self.touched += 1
        return self.receipt

    async def act(self) -> str:
        self.touched += 1
        self.receipt = "written"
        return self.receipt


def write(outside: Outside, kind: EffectKind = PUSH, *, edits_ci: bool = False) -> Write:
    return Write(kind, "shop", "marker", b"payload", commit=HEAD, edits_ci=edits_ci, find=outside.find, act=outside.act)


async def states(desk: Desk, run: Run) -> list[tuple[EffectState, Origin]]:
    """Return how the run's effects stand, and what they carry."""
    async with desk.store.begin() as session:
        return [(effect.state, effect.origin) for effect in await session.effects.of_run(run.id)]


def test_the_table_has_every_cell() -> None:
    assert len(CELLS) == len(EffectKind) * len(Origin) * 2
    assert [permission(kind, origin, edits_ci=edits_ci) for kind, edits_ci, origin, _ in CELLS] == [
        due for *_, due in CELLS
    ]


@pytest.mark.parametrize(("kind", "edits_ci", "origin", "due"), CELLS)
async def test_without_approval_only_what_is_allowed_is_written(
    kind: EffectKind, edits_ci: bool, origin: Origin, due: Permission
) -> None:
    desk, outside = make_desk(), Outside()
    run = await stored_run(desk, origin=origin)

    if due is FREE:
        assert await perform(write(outside, kind, edits_ci=edits_ci), run=run, desk=desk) == "written"
        assert await states(desk, run) == [(EffectState.CONFIRMED, origin)]
        return
    with pytest.raises(EffectRefused if due is NEVER else ApprovalMissing):
        await perform(write(outside, kind, edits_ci=edits_ci), run=run, desk=desk)

    assert outside.touched == 0
    assert await states(desk, run) == ([(EffectState.REFUSED, origin)] if due is NEVER else [])


@pytest.mark.parametrize(("kind", "edits_ci", "origin", "due"), [cell for cell in CELLS if cell[3] is not FREE])
async def test_an_approved_commit_may_be_written_unless_nobody_can_allow_it(
    kind: EffectKind, edits_ci: bool, origin: Origin, due: Permission
) -> None:
    desk, outside = make_desk(), Outside()
    run = await stored_run(desk, origin=origin)
    await approve(HEAD[:12], run=run, desk=desk)

    if due is NEVER:
        with pytest.raises(EffectRefused):
            await perform(write(outside, kind, edits_ci=edits_ci), run=run, desk=desk)
        assert outside.touched == 0
    else:
        assert await perform(write(outside, kind, edits_ci=edits_ci), run=run, desk=desk) == "written"


async def test_consent_beforehand_covers_an_outsiders_request_and_no_edit_of_ci() -> None:
    desk, outside = make_desk(), Outside()
    stranger = await stored_run(desk, origin=OUTSIDE)
    await approve(None, run=stranger, desk=desk)
    assert await perform(write(outside), run=stranger, desk=desk) == "written"

    desk, outside = make_desk(), Outside()
    member = await stored_run(desk)
    await approve(None, run=member, desk=desk)
    with pytest.raises(ApprovalMissing, match="continuous integration"):
        await perform(write(outside, edits_ci=True), run=member, desk=desk)


async def test_another_commit_needs_another_approval() -> None:
    desk, outside = make_desk(), Outside()
    run = await stored_run(desk, origin=ANONYMOUS)
    await approve("deadbee", run=run, desk=desk)

    with pytest.raises(ApprovalMissing, match=HEAD[:12]):
        await perform(write(outside), run=run, desk=desk)


@pytest.mark.parametrize("commit", ["", "c0ffee", "HEAD", "C0FFEE0000", "main"])
async def test_what_could_mean_several_commits_approves_nothing(commit: str) -> None:
    desk = make_desk()
    run = await stored_run(desk)

    with pytest.raises(InvalidRequest):
        await approve(commit, run=run, desk=desk)

    assert await event_types(desk, run.id) == []


async def test_a_process_whose_run_was_taken_over_approves_nothing() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    await fence(desk, run.id)

    with pytest.raises(RunFenced):
        await approve(HEAD, run=run, desk=desk)


async def test_a_refusal_is_written_down_once_and_stays() -> None:
    desk, outside = make_desk(), Outside()
    run = await stored_run(desk, origin=MACHINE)

    for _ in range(2):
        with pytest.raises(EffectRefused, match="machine text"):
            await perform(write(outside, edits_ci=True), run=run, desk=desk)

    assert await event_types(desk, run.id) == ["effect.refused"]
    assert await states(desk, run) == [(EffectState.REFUSED, MACHINE)]
