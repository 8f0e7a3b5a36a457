"""LiteLLM, as fast as its options make it: its router with a fallback, no retries, no cooldown, its local cache."""

import time

_STARTED_CPU_S = time.process_time()

import asyncio  # noqa: E402  (what follows is measured)
from collections.abc import AsyncIterator  # noqa: E402
from contextlib import asynccontextmanager  # noqa: E402

from eaa.wiring.llm_bench import measuring  # noqa: E402
from eaa.wiring.llm_bench.server import FAILING_MODEL  # noqa: E402


@asynccontextmanager
async def open_contender(port: int) -> AsyncIterator[measuring.Contender]:
    """Import LiteLLM and make its router."""
    import litellm  # type: ignore[import-not-found, unused-ignore]

    litellm.suppress_debug_info = True
    litellm.cache = litellm.Cache(type="local")

    def deployment(name: str, wire_name: str) -> dict[str, object]:
        params = {"model": f"openai/{wire_name}", "api_base": f"http://127.0.0.1:{port}/v1", "api_key": "sk-bench"}
        return {"model_name": name, "litellm_params": params}

    router = litellm.Router(
        model_list=[deployment("bench", "bench"), deployment("failing", FAILING_MODEL)],
        fallbacks=[{"failing": ["bench"]}],
        num_retries=0,
        disable_cooldowns=True,
    )

    async def ask(number: int, *, model: str = "bench", **more: object) -> object:
        messages = [
            {"role": "system", "content": measuring.SYSTEM_TEXT},
            {"role": "user", "content": f"{measuring.USER_TEXT} {number}"},
        ]
        most = measuring.MOST_OUTPUT_TOKENS
        return await router.acompletion(model=model, messages=messages, max_tokens=most, **more)

    def characters(answer: object) -> int:
        return len(answer.choices[0].message.content)  # type: ignore[attr-defined]

    class LiteLlm(measuring.Contender):
        async def call(self, number: int) -> int:
            return characters(await ask(number, caching=False))

        async def stream(self) -> int:
            pieces = 0
            async for chunk in await ask(0, stream=True, caching=False):  # type: ignore[attr-defined]
                pieces += bool(chunk.choices and chunk.choices[0].delta.content)
            return pieces

        async def cached(self) -> int:
            return characters(await ask(0, caching=True))

        async def fail_over(self) -> int:
            return characters(await ask(0, model="failing", caching=False))

        async def mend(self) -> None:
            pass

    yield LiteLlm()


if __name__ == "__main__":
    asyncio.run(measuring.serve(open_contender, started_cpu_s=_STARTED_CPU_S))
