"""What is old goes, in parts; whatever anybody may still need stays, whoever dies in between."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from typing_extensions import override

from eaa.adapters.memory.event_bus import MemoryEventBus
from eaa.adapters.sql.blobs import SqlBlobs
from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.retention import SqlRetention
from eaa.adapters.sql.role_calls import SqlRoleCalls
from eaa.adapters.sql.store import SqlStore
from eaa.domain.commit_pack import CommitPack
from eaa.domain.errors import BlobNotFound, InvalidRequest, RoleCallNotFound
from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import DEFAULT_ORGANISATION, BlobId, CommitId, EventId, RepositoryId, RoleCallId, RunId, TaskId
from eaa.domain.old_work import OldWork
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState, QueueLimits, RoleCall
from eaa.domain.run import RunState
from eaa.engine import retention
from eaa.engine.event_counting import count_anew
from eaa.engine.retention import Forgetting, Keeping
from tests.makers import NOON, make_event, make_run, make_step

LATER = NOON + timedelta(days=40)
REPOSITORY = RepositoryId("0123456789abcdef")


@dataclass
class Kept:
    """A database with what two runs have left."""

    store: SqlStore
    blobs: SqlBlobs
    calls: SqlRoleCalls
    retention: SqlRetention

    def forgetting(self, *, events: timedelta | None = None, bus: MemoryEventBus | None = None) -> Forgetting:
        keeping = Keeping(events=events)
        return Forgetting(retention=self.retention, store=self.store, blobs=self.blobs, keeping=keeping, bus=bus)

    async def add_run(self, name: str, state: RunState = RunState.RUNNING) -> None:
        async with self.store.begin() as session:
            await session.runs.add(replace(make_run(run_id=name), state=state, updated_at=NOON))

    async def end(self, name: str, state: RunState = RunState.DONE) -> None:
        """End a run: from then on none of its calls is handed out."""
        async with self.store.begin() as session:
            await session.runs.update(replace(make_run(run_id=name), state=state, updated_at=NOON))

    async def add_call(self, run: str, number: int, *, artefact: bytes = b"an artefact") -> RoleCallId:
        """Put a call of a run through its queue, with a brief and an artefact."""
        call = RoleCall(
            id=RoleCallId(f"rcl_{run}_{number}"),
            organisation_id=DEFAULT_ORGANISATION,
            role=RoleName.SD,
            run_id=RunId(run),
            generation=1,
            name=f"patch {number}",
            brief=await self.blobs.put(f"brief of {run} {number}".encode()),
            priority=0,
            state=CallState.QUEUED,
            created_at=NOON,
        )
        await self.calls.put(call)
        assert await self.calls.take(RoleName.SD, owner_slot="role-sd-0", limits=QueueLimits()) is not None
        await self.calls.finish(call.id, owner_slot="role-sd-0", artefact=await self.blobs.put(artefact))
        return call.id

    async def add_pack(self, run: str, content: bytes) -> BlobId:
        blob = await self.blobs.put(content)
        pack = CommitPack(
            organisation_id=DEFAULT_ORGANISATION,
            repository_id=REPOSITORY,
            commit=CommitId("c" * 40),
            run_id=run,
            needs=None,
            shallow="",
            blob=blob,
            size_bytes=len(content),
        )
        async with self.store.begin() as session:
            await session.commit_packs.add(pack)
        return blob

    async def is_there(self, blob: BlobId) -> bool:
        try:
            await self.blobs.get(blob)
        except BlobNotFound:
            return False
        return True

    async def add_event(self, name: str, *, run: str | None, event_type: str = "patch.proposed") -> None:
        event = make_event(event_id=f"evt_{name}", run_id=run, event_type=event_type)
        async with self.store.begin() as session:
            await session.events.add(event)

    async def events(self) -> list[str]:
        async with self.store.begin() as session:
            return [event.id for event in await session.events.after(None, limit=1000)]

    async def read(self, consumer: str, to: str) -> None:
        async with self.store.begin() as session:
            assert await session.readers.lease(consumer, owner="me", now=LATER, until=LATER)
            seen = await session.readers.place(consumer)
            assert await session.readers.move(consumer, seen=seen, to=EventId(to))


@pytest.fixture
async def kept(url: str) -> AsyncIterator[Kept]:
    await upgrade(url)
    engine = open_engine(url)
    yield Kept(
        SqlStore(engine, name="test"),
        SqlBlobs(engine, name="test"),
        SqlRoleCalls(engine, name="test"),
        SqlRetention(engine, name="test"),
    )
    await engine.dispose()


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let blobs that were put just now count as old."""
    monkeypatch.setattr(retention, "BLOB_GRACE", timedelta(days=-100_000))


@pytest.mark.usefixtures("long_ago")
async def test_calls_and_packs_of_runs_that_are_over_go_with_their_blobs(kept: Kept) -> None:
    states = {"run_done": RunState.DONE, "run_failed": RunState.FAILED, "run_on": RunState.WAITING}
    calls = {}
    for name, state in states.items():
        await kept.add_run(name)
        calls[name] = await kept.add_call(name, 1)
        await kept.end(name, state)
    own, shared = await kept.add_pack("run_done", b"a pack"), await kept.blobs.put(b"an artefact")
    briefs = {name: (await kept.calls.get(call)).brief for name, call in calls.items()}
    await kept.add_pack("", b"a base")
    forgetting = kept.forgetting()

    await forgetting.forget(NOON + timedelta(days=29))
    before = dict(forgetting.counts)
    await forgetting.forget(LATER)

    assert before == {}
    assert dict(forgetting.counts) == {"role calls": 1, "commit packs": 1, "blobs": 2}
    with pytest.raises(RoleCallNotFound):
        await kept.calls.get(calls["run_done"])
    assert [await kept.is_there(briefs[name]) for name in ("run_done", "run_failed", "run_on")] == [False, True, True]
    # The artefact of the run that is over was that of others too.
    assert (await kept.is_there(own), await kept.is_there(shared)) == (False, True)
    async with kept.store.begin() as session:
        assert await session.commit_packs.find(REPOSITORY, CommitId("c" * 40)) is not None


@pytest.mark.usefixtures("long_ago")
async def test_what_a_step_of_the_record_says_stays(kept: Kept) -> None:
    await kept.add_run("run_done")
    await kept.add_call("run_done", 1, artefact=b"evidence")
    await kept.end("run_done")
    blob = await kept.blobs.put(b"evidence")
    async with kept.store.begin() as session:
        await session.steps.put(replace(make_step(run_id="run_done"), output=b"", output_blob=blob))

    await kept.forgetting().forget(LATER)

    assert await kept.is_there(blob)
    async with kept.store.begin() as session:
        assert len(await session.steps.of_run(RunId("run_done"))) == 1


async def test_a_blob_that_was_put_a_moment_ago_stays(kept: Kept) -> None:
    await kept.add_run("run_done")
    call = await kept.calls.get(await kept.add_call("run_done", 1))
    await kept.end("run_done")

    await kept.forgetting().forget(LATER)

    assert await kept.is_there(call.brief)
    with pytest.raises(RoleCallNotFound):
        await kept.calls.get(call.id)


@pytest.mark.usefixtures("long_ago")
async def test_killed_half_way_the_next_turn_goes_on(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(SqlRetention):
        @override
        async def forget_work(self, work: OldWork) -> None:
            raise KeyboardInterrupt

    await kept.add_run("run_done")
    calls = [await kept.add_call("run_done", number) for number in range(5)]
    await kept.end("run_done")
    monkeypatch.setattr(retention, "_BATCH", 2)
    killed = replace(kept, retention=Killed(kept.retention._engine, name="test"))
    with pytest.raises(KeyboardInterrupt):
        await killed.forgetting().forget(LATER)
    left = [call for call in calls if await _is_known(kept, call)]

    await kept.forgetting().forget(LATER)

    assert left == calls
    assert not [call for call in calls if await _is_known(kept, call)]


async def _is_known(kept: Kept, call: RoleCallId) -> bool:
    try:
        await kept.calls.get(call)
    except RoleCallNotFound:
        return False
    return True


async def test_events_of_steps_go_once_everybody_has_dealt_with_them(kept: Kept) -> None:
    await kept.add_run("run_done", RunState.DONE)
    await kept.add_run("run_failed", RunState.FAILED)
    types = ("run.started", "patch.proposed", "effect.approved", "evidence.recorded", "run.parked", "run.ended")
    for number, name in enumerate(types):
        await kept.add_event(f"a{number} {name}", run="run_done", event_type=name)
    await kept.add_event("b1", run="run_failed")
    await kept.add_event("c1", run="run_done")
    await kept.add_event("c2", run="run_done")
    await kept.read("counts", "evt_c1")

    await kept.forgetting().forget(LATER)
    for_good = await kept.events()
    await kept.forgetting(events=timedelta(days=30)).forget(LATER)

    assert len(for_good) == 9
    assert await kept.events() == [
        "evt_a0 run.started",
        "evt_a2 effect.approved",
        "evt_a3 evidence.recorded",
        "evt_a5 run.ended",
        "evt_b1",
        "evt_c1",
        "evt_c2",
    ]


@pytest.mark.parametrize("who", ["a reader that began", "a failure", "the bus", "an empty bus"])
async def test_nothing_goes_that_somebody_still_needs(kept: Kept, who: str) -> None:
    await kept.add_run("run_done", RunState.DONE)
    for name in ("1", "2", "3"):
        await kept.add_event(name, run="run_done")
    await kept.read("counts", "evt_3")
    bus: MemoryEventBus | None = None
    if who == "a reader that began":
        async with kept.store.begin() as session:
            assert await session.readers.lease("slow", owner="me", now=LATER, until=LATER)
    elif who == "a failure":
        failures = [_failure(f"evt_{number}") for number in (1, 2)]
        async with kept.store.begin() as session:
            for failure in failures:
                await session.readers.put(failure)
    elif who == "the bus":
        bus = MemoryEventBus([make_event(event_id="evt_1")])
    else:
        bus = MemoryEventBus()

    await kept.forgetting(events=timedelta(days=30), bus=bus).forget(LATER)

    assert await kept.events() == ["evt_1", "evt_2", "evt_3"]


async def test_readers_go_on_after_what_was_forgotten(kept: Kept) -> None:
    await kept.add_run("run_done", RunState.DONE)
    for name in ("1", "2", "3"):
        await kept.add_event(name, run="run_done")
    await kept.read("counts", "evt_2")
    bus = MemoryEventBus([make_event(event_id=f"evt_{number}") for number in (1, 2, 3)])

    await kept.forgetting(events=timedelta(days=30), bus=bus).forget(LATER)

    assert await kept.events() == ["evt_2", "evt_3"]
    async with kept.store.begin() as session:
        place = await session.readers.place("counts")
        assert [event.id for event in await session.events.after(place, limit=9)] == ["evt_3"]


async def test_days_with_forgotten_events_are_not_counted_anew(kept: Kept) -> None:
    await kept.add_run("run_done", RunState.DONE)
    await kept.add_event("1", run="run_done")
    await kept.add_event("2", run="run_done")
    await kept.read("counts", "evt_2")
    await kept.forgetting(events=timedelta(days=30)).forget(LATER)

    async with kept.store.begin() as session:
        with pytest.raises(InvalidRequest, match="forgotten") as refusal:
            await count_anew(session, since=NOON.date())

    assert "EAA_EVENTS_KEPT_DAYS" in refusal.value.hint


def _failure(event: str) -> EventFailure:
    return EventFailure(
        organisation_id=DEFAULT_ORGANISATION,
        consumer="counts",
        event_id=EventId(event),
        task_id=TaskId("tsk_1"),
        attempts=6,
        is_dead=True,
        next_at=NOON,
        code="fault",
        hint="",
        created_at=NOON,
    )
