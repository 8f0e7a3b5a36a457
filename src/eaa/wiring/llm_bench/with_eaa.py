"""eaa's orchestrator as a run uses it: guard, selection, breaker, budgets, limits, usage rows, transport."""

import time

_STARTED_CPU_S = time.process_time()

import asyncio  # noqa: E402  (what follows is measured)
import tempfile  # noqa: E402
from collections.abc import AsyncIterator  # noqa: E402
from contextlib import asynccontextmanager  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

from eaa.wiring.llm_bench import measuring  # noqa: E402
from eaa.wiring.llm_bench.server import FAILING_MODEL  # noqa: E402

if TYPE_CHECKING:
    from eaa.engine.llm.orchestrator import LocalOrchestrator


@asynccontextmanager
async def open_contender(port: int) -> AsyncIterator[measuring.Contender]:
    """Open the orchestrator the way `eaa run` does, with a limit on the run and one on the task."""
    from eaa.domain.catalogue import Catalogue
    from eaa.domain.model import Capability, Dialect, Model, Prices, Provider
    from eaa.settings import load_settings
    from eaa.wiring.llm import open_orchestrator

    usual = Model(
        name="bench",
        provider="loopback",
        wire_name="bench",
        context_tokens=128_000,
        max_output_tokens=4_096,
        capabilities=frozenset({Capability.CHAT, Capability.TOOLS}),
        prices=Prices(input_microusd=1_000_000, output_microusd=4_000_000),
    )
    failing = replace(usual, name="failing", wire_name=FAILING_MODEL)
    provider = Provider(
        name="loopback",
        dialect=Dialect.OPENAI,
        base_url=f"http://127.0.0.1:{port}/v1",
        key_environment="BENCH_KEY",
    )
    catalogue = Catalogue(models=(usual, failing), providers={"loopback": provider}, default="bench")
    keys = {"BENCH_KEY": "sk-bench"}
    with tempfile.TemporaryDirectory(prefix="eaa-bench-") as home:
        async with open_orchestrator(catalogue, keys, settings=load_settings(home=Path(home))) as orchestrator:
            yield await _ours(orchestrator)


async def _ours(orchestrator: "LocalOrchestrator") -> measuring.Contender:
    """Return the calls to measure, on an orchestrator with a limit on the run and one on the task."""
    from eaa.domain.ask import Account, Ask
    from eaa.domain.budget import Amount, Scope, ScopeKind
    from eaa.domain.completion import CompletionRequest, Message, Speaker, Text, TextDelta
    from eaa.domain.ids import RunId, TaskId
    from eaa.engine.llm.health import model_subject

    account = Account(run_id=RunId("run_bench"), task_id=TaskId("tsk_bench"))
    for scope in (Scope(ScopeKind.RUN, "run_bench"), Scope(ScopeKind.TASK, "tsk_bench")):
        limit = Amount(cost_microusd=10**12, unpriced_tokens=10**12)
        await orchestrator.desk.budgets.set_limit(account.organisation_id, scope, limit)
    system = Message(Speaker.SYSTEM, (Text(measuring.SYSTEM_TEXT),))

    def ask(number: int, *, model: str | None = None, is_cached: bool = False) -> Ask:
        user = Message(Speaker.USER, (Text(f"{measuring.USER_TEXT} {number}"),))
        request = CompletionRequest(messages=(system, user), max_output_tokens=measuring.MOST_OUTPUT_TOKENS)
        return Ask(request=request, account=account, model=model, is_cached=is_cached)

    class Ours(measuring.Contender):
        async def call(self, number: int) -> int:
            return len((await orchestrator.complete(ask(number))).completion.text)

        async def stream(self) -> int:
            pieces = 0
            async for event in orchestrator.stream(ask(0)):
                pieces += isinstance(event, TextDelta)
            return pieces

        async def cached(self) -> int:
            return len((await orchestrator.complete(ask(0, is_cached=True))).completion.text)

        async def fail_over(self) -> int:
            answer = await orchestrator.complete(ask(0, model="failing"))
            assert len(answer.attempts) == 2
            return len(answer.completion.text)

        async def mend(self) -> None:
            await orchestrator.desk.health.worked(model_subject("failing"))

    return Ours()


if __name__ == "__main__":
    asyncio.run(measuring.serve(open_contender, started_cpu_s=_STARTED_CPU_S))
