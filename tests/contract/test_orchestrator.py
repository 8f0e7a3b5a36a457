"""What every orchestrator promises, in process and over a real socket. Models do as a script says."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from typing_extensions import override

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.orchestrator.http_orchestrator import open_http_orchestrator
from eaa.domain.ask import Account, Answer, Ask, Attempt, OrchestratedEvent, Settled
from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    CompletionRequest,
    Effort,
    Embeddings,
    Finished,
    Image,
    Message,
    Reasoning,
    ReasoningDelta,
    Restarted,
    Speaker,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
    ToolCall,
    ToolCallDelta,
    ToolChoice,
    ToolResult,
    ToolSpec,
)
from eaa.domain.ids import RunId, TaskId
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Locality, Model, Sensitivity, Tier
from eaa.domain.model_errors import (
    AllModelsFailed,
    BudgetExhausted,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelTimeout,
    NoModel,
    OutOfCredit,
    RateLimited,
    RequestRefused,
    SecretInPrompt,
    StreamCut,
)
from eaa.domain.role import RoleName
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.safety.guard import PromptGuard, SecretPolicy
from eaa.ports.models import Route
from eaa.ports.orchestrator import Orchestrator, Takeover
from eaa.services.orchestrator.server import serving
from tests.support.llm_world import (
    Act,
    LlmWorld,
    ScriptedModels,
    make_answer,
    make_ask,
    make_model,
    make_world,
)
from tests.support.orchestrator_world import make_door
from tests.support.rpc_orchestrator import serving_rpc_orchestrator

ABLE = frozenset(Capability)
USAGE = TokenUsage(input_tokens=10, output_tokens=5, cached_input_tokens=3, cache_write_tokens=2, reasoning_tokens=1)
END = Finished(StopReason.END, USAGE)
RUN = Scope(ScopeKind.RUN, "run_1")


@dataclass
class World:
    """An orchestrator of one kind, and the models it stands before."""

    orchestrator: Orchestrator
    llm: LlmWorld

    def asked(self) -> list[CompletionRequest]:
        return [request for _, request, _ in self.llm.models.calls]


class Opener:
    """Opens worlds of one kind until the test is over."""

    def __init__(self, kind: str, stack: AsyncExitStack) -> None:
        self._kind = kind
        self._stack = stack

    async def __call__(
        self,
        acts: dict[str, Sequence[Act]],
        *,
        models: Sequence[Model] | None = None,
        guard: PromptGuard | None = None,
        vectors: Embeddings | None = None,
    ) -> World:
        described = models or [make_model(name, capabilities=ABLE) for name in acts]
        world = make_world(acts, models=described, patience_s=0.0)
        if vectors is not None:
            world = with_vectors(world, acts, vectors)
        local = LocalOrchestrator(
            world.desk, KeptAnswers(MemoryAnswerCache(), world.clock), guard=guard or PromptGuard()
        )
        if self._kind == "local":
            return World(local, world)
        over = over_http if self._kind == "http" else over_grpc
        return World(await self._stack.enter_async_context(over(local, world)), world)


@asynccontextmanager
async def over_http(local: LocalOrchestrator, world: LlmWorld) -> AsyncIterator[Orchestrator]:
    door = make_door(local, world.desk)
    async with (
        serving(door, host="127.0.0.1", port=0) as address,
        open_http_orchestrator(address, token=door.tokens.owner, count_tokens=local.count_tokens) as orchestrator,
    ):
        yield orchestrator


@asynccontextmanager
async def over_grpc(local: LocalOrchestrator, world: LlmWorld) -> AsyncIterator[Orchestrator]:
    async with (
        serving_rpc_orchestrator(local, world.desk.catalogue) as service,
        service.client(count_tokens=local.count_tokens) as orchestrator,
    ):
        yield orchestrator


class VectorModels(ScriptedModels):
    """Scripted models that also make vectors, always the same."""

    def __init__(self, acts: dict[str, Sequence[Act]], vectors: Embeddings) -> None:
        super().__init__(acts)
        self._vectors = vectors

    @override
    async def embed(self, texts: tuple[str, ...], route: Route) -> Embeddings:
        return self._vectors


def with_vectors(world: LlmWorld, acts: dict[str, Sequence[Act]], vectors: Embeddings) -> LlmWorld:
    models = VectorModels(acts, vectors)
    return replace(world, models=models, desk=replace(world.desk, models=models))


@pytest.fixture(params=["local", "http", "grpc"])
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Opener]:
    async with AsyncExitStack() as stack:
        yield Opener(request.param, stack)


async def events_of(world: World, ask: Ask, takeover: Takeover = Takeover.CONTINUE) -> list[OrchestratedEvent]:
    return [event async for event in world.orchestrator.stream(ask, takeover=takeover)]


async def test_a_whole_answer_says_who_gave_it_and_for_how_much(opened: Opener) -> None:
    completion = replace(make_answer("Zürich 😀"), usage=USAGE, wire_model="only-wire", request_id="req-7")
    world = await opened({"only": [completion]})

    answer = await world.orchestrator.complete(make_ask())

    assert answer == Answer(completion, "only", cost_microusd=35, attempts=(Attempt("only", "answered", 0.0, 35),))


async def test_thoughts_words_and_calls_keep_their_order(opened: Opener) -> None:
    parts = (
        Reasoning("First.", dialect="anthropic", opaque='{"signature": "x"}'),
        Text("I look."),
        ToolCall("call_1", "read", '{"path": "a"}'),
        Reasoning("Then.", dialect="anthropic"),
        ToolCall("call_2", "read", '{"path": "ü"}'),
        Text("And so on."),
    )
    world = await opened({"only": [Completion(parts, StopReason.TOOL_CALLS, USAGE)]})

    answer = await world.orchestrator.complete(make_ask())

    assert answer.completion.parts == parts
    assert answer.completion.stop_reason is StopReason.TOOL_CALLS


@pytest.mark.parametrize("reason", list(StopReason))
async def test_each_reason_to_stop_is_told(opened: Opener, reason: StopReason) -> None:
    world = await opened({"only": [Completion((Text("Well."),), reason, None)]})

    completion = (await world.orchestrator.complete(make_ask())).completion

    assert (completion.text, completion.stop_reason, completion.usage) == ("Well.", reason, None)


async def test_everything_of_an_ask_reaches_the_model(opened: Opener) -> None:
    call = ToolCall("call_1", "read", '{"path": "a"}')
    thought = Reasoning("Hm.", dialect="openai", opaque="sealed")
    request = CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text("You fix shops.", ends_prefix=True),)),
            Message(Speaker.USER, (Text("What is it?"), Image("image/png", b"\x89PNG\x00"))),
            Message(Speaker.ASSISTANT, (thought, Text("I look."), call)),
            Message(Speaker.USER, (ToolResult("call_1", "read", "no file", is_error=True), Text("Go on."))),
            Message(Speaker.ASSISTANT, (replace(call, id="call_2"), Text("Done."), Text("Really."))),
            Message(Speaker.USER, (Text("Thanks."), Text("One more."))),
        ),
        tools=(ToolSpec("read", "Reads.", '{"type": "object", "properties": {"path": {"type": "string"}}}'),),
        tool_choice=ToolChoice.REQUIRED,
        tool_name="read",
        has_parallel_tools=False,
        answer_schema_json='{"type": "object", "required": ["a"]}',
        max_output_tokens=700,
        temperature=0.25,
        top_p=0.5,
        seed=11,
        stop=("END", "STOP"),
        effort=Effort.HIGH,
    )
    world = await opened({"only": [make_answer()]})

    await world.orchestrator.complete(Ask(request=request))

    assert world.asked() == [request]


async def test_who_asks_what_for_decides_and_is_booked(opened: Opener) -> None:
    account = Account(run_id=RunId("run_1"), task_id=TaskId("tsk_1"), repository="shop", user="ada", team="core")
    models = [make_model("plain"), make_model("tuned", domains=frozenset({"sql"}))]
    world = await opened({"plain": [make_answer()], "tuned": [make_answer()]}, models=models)
    ask = make_ask(
        account=account, role=RoleName.QA, kind=Kind.BUG, size=Tier.LARGE, domain="sql", prompt_sha256="ab" * 32
    )

    answer = await world.orchestrator.complete(ask)
    await world.llm.desk.usage.flush()

    (row,) = world.llm.usage_log._rows.values()
    assert answer.model == "tuned"
    assert (row.account, row.role, row.prompt_sha256) == (account, RoleName.QA, "ab" * 32)


async def test_a_pinned_model_is_the_only_one_tried(opened: Opener) -> None:
    world = await opened({"first": [make_answer()], "second": [ModelOverloaded("503", retry_after_s=2.0)]})

    with pytest.raises(ModelOverloaded) as raised:
        await world.orchestrator.complete(make_ask(model="second", is_pinned=True))

    assert world.llm.models.names() == ["second"]
    assert (raised.value.model, raised.value.because, raised.value.retry_after_s) == ("second", "503", 2.0)


async def test_an_unsampled_question_is_asked_once_unless_the_ask_says_otherwise(opened: Opener) -> None:
    world = await opened({"only": [make_answer()]})
    ask = make_ask(tags=frozenset({"nightly"}))
    ask = replace(ask, request=replace(ask.request, temperature=0.0))

    answers = [await world.orchestrator.complete(each) for each in (ask, ask, replace(ask, is_cached=False))]

    assert [answer.is_from_cache for answer in answers] == [False, True, False]
    assert answers[1].cost_microusd == 0


async def test_a_stream_starts_says_words_finishes_and_settles(opened: Opener) -> None:
    said: list[CompletionEvent | ModelFault] = [
        Started(wire_model="only-wire", request_id="req-7"),
        ReasoningDelta("Hm.", dialect="anthropic", opaque="sig"),
        TextDelta('Grüße "aus"\n'),
        TextDelta("Zürich 😀"),
        ToolCallDelta(0, id="call_1", name="read"),
        ToolCallDelta(0, arguments_json='{"path":'),
        ToolCallDelta(1, id="call_2", name="read", arguments_json="{}"),
        ToolCallDelta(0, arguments_json=' "a"}'),
        Finished(StopReason.TOOL_CALLS, USAGE),
    ]
    world = await opened({"only": [said]})

    events = await events_of(world, make_ask())

    assert events == [*said, Settled("only", cost_microusd=35, attempts=(Attempt("only", "answered", 0.0, 35),))]


async def test_a_stream_without_usage_is_told_so(opened: Opener) -> None:
    world = await opened({"only": [[Started(), TextDelta("Well."), Finished(StopReason.END, None)]]})

    events = await events_of(world, make_ask())

    assert events[2] == Finished(StopReason.END, None)


@pytest.mark.parametrize(
    ("takeover", "between"),
    [(Takeover.RESTART, [Restarted("model.stream_cut"), Started("second-wire", "r2")]), (Takeover.CONTINUE, [])],
)
async def test_a_stream_that_is_cut_goes_on_as_the_caller_allows(
    opened: Opener, takeover: Takeover, between: list[OrchestratedEvent]
) -> None:
    cut: list[CompletionEvent | ModelFault] = [Started("first-wire", "r1"), TextDelta("Hello, "), StreamCut("gone")]
    whole: list[CompletionEvent | ModelFault] = [Started("second-wire", "r2"), TextDelta("you there."), END]
    world = await opened({"first": [cut], "second": [whole]})

    events = await events_of(world, make_ask(), takeover)

    told = [event for event in events if not isinstance(event, Settled)]
    assert told == [Started("first-wire", "r1"), TextDelta("Hello, "), *between, TextDelta("you there."), END]


async def test_a_stream_that_breaks_raises_after_its_words(opened: Opener) -> None:
    world = await opened({"only": [[Started(), TextDelta("Hello, "), StreamCut("gone")]]})
    events: list[OrchestratedEvent] = []

    with pytest.raises(StreamCut, match="gone"):
        async for event in world.orchestrator.stream(make_ask(), takeover=Takeover.FAIL):
            events.append(event)

    assert events == [Started(), TextDelta("Hello, ")]


async def test_a_stream_that_never_starts_raises(opened: Opener) -> None:
    world = await opened({"only": [RateLimited("slow down", retry_after_s=7.0)]})

    with pytest.raises(RateLimited) as raised:
        await events_of(world, make_ask())

    assert raised.value.retry_after_s == 7.0


@pytest.mark.parametrize(
    "fault",
    [
        KeyRefused("bad key", hint="Renew it.", request_id="req-1"),
        OutOfCredit("nothing left"),
        ContextTooLong("too long"),
        ContentFiltered("not that"),
        RequestRefused("what?"),
        RateLimited("slow down", retry_after_s=7.0),
        ModelTimeout(phase="first byte", limit_s=60.0),
        StreamCut("gone"),
    ],
    ids=lambda fault: str(fault.code),
)
async def test_a_failure_keeps_its_class_and_its_facts(opened: Opener, fault: ModelFault) -> None:
    world = await opened({"only": [fault]})

    with pytest.raises(type(fault)) as raised:
        await world.orchestrator.complete(make_ask())

    assert type(raised.value) is type(fault)
    assert (raised.value.because, raised.value.hint, raised.value.request_id) == (
        fault.because,
        fault.hint,
        fault.request_id,
    )
    assert raised.value.model == "only"


async def test_when_all_fail_each_failure_is_told(opened: Opener) -> None:
    world = await opened({"first": [ModelOverloaded("503")], "second": [StreamCut("gone")]})

    with pytest.raises(AllModelsFailed) as raised:
        await world.orchestrator.complete(make_ask())

    assert [(type(failure), failure.model) for failure in raised.value.failures] == [
        (ModelOverloaded, "first"),
        (StreamCut, "second"),
    ]


async def test_a_budget_without_room_sends_nothing(opened: Opener) -> None:
    world = await opened({"only": [make_answer()]})
    ask = make_ask()
    await world.llm.budgets.set_limit(ask.account.organisation_id, RUN, Amount(cost_microusd=1))

    with pytest.raises(BudgetExhausted) as raised:
        await world.orchestrator.complete(ask)

    assert (raised.value.scope, raised.value.room, raised.value.unit) == ("run run_1", 1, "micro-dollars")
    assert world.asked() == []


async def test_sensitive_work_is_refused_rather_than_sent_away(opened: Opener) -> None:
    models = [make_model("cloud"), make_model("own", locality=Locality.ON_PREMISE, capabilities=frozenset())]
    world = await opened({"cloud": [make_answer()], "own": [make_answer()]}, models=models)

    with pytest.raises(NoModel, match="does not go to a cloud") as raised:
        await world.orchestrator.complete(make_ask(sensitivity=Sensitivity.SENSITIVE))

    assert [name for name, _ in raised.value.reasons] == ["cloud", "own"]
    assert world.asked() == []


async def test_limits_of_an_ask_hold(opened: Opener) -> None:
    world = await opened({"only": [make_answer()]}, models=[make_model("only")])

    for ask in (make_ask(max_cost_microusd=1), make_ask(needs=frozenset({Capability.IMAGES}))):
        with pytest.raises(NoModel, match="no configured model") as raised:
            await world.orchestrator.complete(ask)
        assert [name for name, _ in raised.value.reasons] == ["only"]


async def test_a_model_that_nobody_knows_is_refused_with_the_names_of_the_others(opened: Opener) -> None:
    world = await opened({"only": [make_answer()]})

    with pytest.raises(NoModel, match="no model is called 'nobody'") as raised:
        await world.orchestrator.complete(make_ask(model="nobody"))

    assert "only" in raised.value.hint


async def test_a_secret_is_refused_where_the_policy_says_so(opened: Opener) -> None:
    guard = PromptGuard(secrets=SecretPolicy.REFUSE, known_values=lambda: ("hunter2-hunter2",))
    world = await opened({"only": [make_answer()]}, guard=guard)

    with pytest.raises(SecretInPrompt, match="holds a secret"):
        await world.orchestrator.complete(make_ask("Log in with hunter2-hunter2"))

    assert world.asked() == []


async def test_texts_become_vectors(opened: Opener) -> None:
    vectors = Embeddings(((0.125, -2.0), (1e-9, 3.5)), usage=TokenUsage(input_tokens=8), wire_model="only-wire")
    world = await opened({"only": [make_answer()]}, vectors=vectors)

    made = await world.orchestrator.embed(("one", "two"), account=Account(), model="only")
    nothing = await world.orchestrator.embed((), account=Account())

    assert made == vectors
    assert nothing.vectors == ()


async def test_tokens_are_counted(opened: Opener) -> None:
    world = await opened({"only": [make_answer()]})

    short, long = (world.orchestrator.count_tokens(make_ask("word " * count)) for count in (10, 1000))

    assert 0 < short < long
