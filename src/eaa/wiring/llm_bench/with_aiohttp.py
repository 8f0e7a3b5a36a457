"""The floor: aiohttp and orjson with nothing around them, no budget, no fallback, no record."""

import time

_STARTED_CPU_S = time.process_time()

import asyncio  # noqa: E402  (what follows is measured)
from collections.abc import AsyncIterator  # noqa: E402
from contextlib import asynccontextmanager  # noqa: E402

from eaa.wiring.llm_bench import measuring  # noqa: E402
from eaa.wiring.llm_bench.server import FAILING_MODEL  # noqa: E402


@asynccontextmanager
async def open_contender(port: int) -> AsyncIterator[measuring.Contender]:
    """Import the client and open its pool."""
    import aiohttp
    import orjson

    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    headers = {"authorization": "Bearer sk-bench", "content-type": "application/json"}
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    def body(number: int, *, model: str = "bench", **more: object) -> bytes:
        messages = [
            {"role": "system", "content": measuring.SYSTEM_TEXT},
            {"role": "user", "content": f"{measuring.USER_TEXT} {number}"},
        ]
        most = measuring.MOST_OUTPUT_TOKENS
        return orjson.dumps({"model": model, "messages": messages, "max_completion_tokens": most, **more})

    class Bare(measuring.Contender):
        async def call(self, number: int) -> int:
            async with session.post(url, data=body(number), headers=headers) as response:
                return len(orjson.loads(await response.read())["choices"][0]["message"]["content"])

        async def stream(self) -> int:
            pieces = 0
            async with session.post(url, data=body(0, stream=True), headers=headers) as response:
                async for line in response.content:
                    if line.startswith(b"data: {"):
                        choices = orjson.loads(line[6:])["choices"]
                        pieces += bool(choices and choices[0]["delta"].get("content"))
            return pieces

        async def cached(self) -> int:
            raise NotImplementedError

        async def fail_over(self) -> int:
            async with session.post(url, data=body(0, model=FAILING_MODEL), headers=headers) as response:
                await response.read()
                assert response.status == 503
            return await self.call(0)

        async def mend(self) -> None:
            pass

    async with session:
        yield Bare()


if __name__ == "__main__":
    asyncio.run(measuring.serve(open_contender, started_cpu_s=_STARTED_CPU_S))
