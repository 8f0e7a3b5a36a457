"""The official `openai` package against the loopback server's Responses interface."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.loopback.model_wire import Call, Scripted
from tests.loopback.models import KEY, LoopbackModels, serving_models

TOOL: Any = {
    "type": "function",
    "name": "read_file",
    "description": "Reads a file.",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[LoopbackModels, AsyncOpenAI]]:
    async with (
        serving_models() as server,
        AsyncOpenAI(api_key=KEY, base_url=server.address + "/v1", max_retries=0, timeout=20.0) as client,
    ):
        yield server, client


async def test_it_answers() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text="Zürich", cached_tokens=100, reasoning_tokens=3))
        answer = await client.responses.create(model="loop-1", input="Hello", store=False)

    assert answer.output_text == "Zürich"
    assert answer.status == "completed"
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.cached_tokens == 100
    assert answer.usage.output_tokens_details.reasoning_tokens == 3


async def test_it_streams_thoughts_words_and_calls() -> None:
    scripted = Scripted(text="Grüße 😀", thoughts="hm", calls=(Call("read_file", '{"path": "a.py"}'),))
    async with opened() as (server, client):
        server.will_answer(scripted)
        async with client.responses.stream(model="loop-1", input="Hello", tools=[TOOL], store=False) as stream:
            kinds = {event.type async for event in stream}
            answer = await stream.get_final_response()

    assert {"response.created", "response.reasoning_summary_text.delta", "response.completed"} <= kinds
    assert answer.output_text == "Grüße 😀"
    call = answer.output[-1]
    assert call.type == "function_call"
    assert (call.call_id, call.name, call.arguments) == ("call_1", "read_file", '{"path": "a.py"}')


@pytest.mark.parametrize(
    ("fault", "error"),
    [("400", openai.BadRequestError), ("401", openai.AuthenticationError), ("429", openai.RateLimitError)],
)
async def test_it_knows_the_errors(fault: str, error: type[openai.APIStatusError]) -> None:
    async with opened() as (server, client):
        server.will_fail(fault)
        with pytest.raises(error):
            await client.responses.create(model="loop-1", input="Hello")
