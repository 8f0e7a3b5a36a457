"""What hangs fills its own places and its own queue, and nothing else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from eaa.domain.ask import Account, Answer, Ask
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import Completion, CompletionRequest
from eaa.domain.ids import OrganisationId, RunId
from eaa.domain.model_errors import ProviderFull
from eaa.engine.llm.fallback import complete
from eaa.engine.llm.limits import FairGates
from eaa.ports.models import Route
from tests.support.llm_world import LlmWorld, make_answer, make_ask, make_provider, make_world

PLACES = 4


@dataclass
class Hanging:
    """A world whose models answer when a test opens their gates."""

    world: LlmWorld
    open: dict[str, asyncio.Event] = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)
    """Texts of the asks that are at a provider now."""
    asked: list["asyncio.Task[Answer]"] = field(default_factory=list)

    def ask(self, text: str, *, model: str, organisation: str = "org_default", run: str = "") -> "asyncio.Task[Answer]":
        account = Account(organisation_id=OrganisationId(organisation), run_id=RunId(run) if run else None)
        ask: Ask = replace(make_ask(text, model=model, is_pinned=True), account=account)
        task = asyncio.create_task(complete(ask, desk=self.world.desk), name=text)
        self.asked.append(task)
        return task

    async def settle(self) -> None:
        """Let everybody go as far as they can."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def end(self) -> None:
        for event in self.open.values():
            event.set()
        await asyncio.gather(*self.asked, return_exceptions=True)


def hanging(names: Sequence[str], *, each: int | None = None, most_waiting: int = 1_000) -> Hanging:
    world = make_world({name: [make_answer()] for name in names})
    made = Hanging(world, {name: asyncio.Event() for name in names})
    scripted = world.models.complete

    async def slow(request: CompletionRequest, route: Route) -> Completion:
        [text] = request.messages[0].parts
        made.inside.append(text.text)  # type: ignore[union-attr]
        try:
            await made.open[route.model.name].wait()
            return await scripted(request, route)
        finally:
            made.inside.remove(text.text)  # type: ignore[union-attr]

    world.models.complete = slow  # type: ignore[method-assign]
    providers = {
        model.provider: replace(
            make_provider(model.provider), parallel_requests=PLACES, parallel_requests_per_organisation=each
        )
        for model in world.desk.catalogue.models
    }
    catalogue = Catalogue(models=world.desk.catalogue.models, providers=providers)
    world.desk = replace(world.desk, catalogue=catalogue, gates=FairGates(most_waiting=most_waiting))
    return made


async def test_a_provider_that_hangs_does_not_keep_others_from_answering() -> None:
    world = hanging(["stuck", "well"])
    world.open["well"].set()
    stuck = [world.ask(f"stuck {number}", model="stuck") for number in range(500)]
    await world.settle()

    answers = await asyncio.gather(*(world.ask(f"well {number}", model="well") for number in range(50)))

    assert [answer.model for answer in answers] == ["well"] * 50
    assert len(world.inside) == PLACES
    assert not any(task.done() for task in stuck)
    await world.end()
    assert all(task.result().model == "stuck" for task in stuck)


async def test_when_too_many_wait_for_a_provider_the_next_is_sent_on_or_away() -> None:
    world = hanging(["stuck", "well"], most_waiting=3)
    world.open["well"].set()
    waiting = [world.ask(f"stuck {number}", model="stuck") for number in range(PLACES + 3)]
    await world.settle()

    with pytest.raises(ProviderFull) as refusal:
        await world.ask("one more", model="stuck")
    sent_on = await complete(make_ask("another", model="stuck"), desk=world.world.desk)

    assert (refusal.value.waiting, refusal.value.retry_after_s) == (3, 1.0)
    assert sent_on.model == "well"
    assert [attempt.outcome for attempt in sent_on.attempts] == ["model.full", "answered"]
    assert not any(task.done() for task in waiting)
    world.open["stuck"].set()
    assert (await world.ask("later", model="stuck")).model == "stuck"
    await world.end()


async def test_an_organisation_has_its_places_and_leaves_the_others_theirs() -> None:
    world = hanging(["only"], each=3)
    for number in range(100):
        world.ask(f"big {number}", model="only", organisation="org_big", run=f"run_{number}")
    await world.settle()
    before = sorted(world.inside)
    small = world.ask("small", model="only", organisation="org_small")
    await world.settle()

    assert before == ["big 0", "big 1", "big 2"]
    assert sorted(world.inside) == [*before, "small"]
    await world.end()
    assert (await small).model == "only"
    assert world.inside == []


async def test_organisations_take_turns_where_all_places_are_taken() -> None:
    world = hanging(["only"], each=3)
    for name in ("a", "b"):
        for number in range(3):
            world.ask(f"{name} {number}", model="only", organisation=f"org_{name}")
    await world.settle()
    before = sorted(world.inside)
    late = world.ask("c 0", model="only", organisation="org_c")
    await world.settle()
    world.asked[0].cancel()
    world.asked[1].cancel()
    await world.settle()

    assert before == ["a 0", "a 1", "a 2", "b 0"]
    assert sorted(world.inside) == ["a 2", "b 0", "b 1", "c 0"]
    await world.end()
    assert (await late).model == "only"


async def test_whoever_leaves_while_waiting_takes_no_place_along() -> None:
    world = hanging(["only"], each=3)
    first = [world.ask(f"a {number}", model="only", organisation="org_a") for number in range(3)]
    world.ask("b 0", model="only", organisation="org_b")
    leaving = [world.ask(f"leaves {number}", model="only", organisation="org_c") for number in range(5)]
    await world.settle()
    for task in leaving:
        task.cancel()
    await world.settle()
    for task in first:
        task.cancel()
    await world.settle()
    fresh = [world.ask(f"c {number}", model="only", organisation="org_c") for number in range(4)]
    await world.settle()

    assert sorted(world.inside) == ["b 0", "c 0", "c 1", "c 2"]
    await world.end()
    assert [(await task).model for task in fresh] == ["only"] * 4
