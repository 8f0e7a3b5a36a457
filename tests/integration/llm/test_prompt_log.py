"""Prompts and answers in the log: not a word of them unless it is switched on, and then no secret and no person."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eaa.domain.ask import Account, Ask
from eaa.domain.completion import CompletionRequest, Image, Message, Speaker, Text, ToolSpec
from eaa.domain.model_errors import ModelFault
from eaa.engine.llm.prompt_log import CALLED, LOGGER
from eaa.ports.orchestrator import Orchestrator, Takeover
from eaa.settings import load_settings
from eaa.wiring.orchestrator import OrchestratorPlace, open_orchestrator_service
from eaa.wiring.way_to_models import open_way_to_models
from tests.loopback.model_faults import Fault
from tests.loopback.model_wire import Call, Scripted
from tests.loopback.models import KEY, LoopbackModels, serving_models

ASKED = "zebra-crossing"
ANSWERED = "quagga-sighting"
SECRET = "ghp_" + "a1B2" * 9
MODELS = """
[providers.loopback]
dialect = "openai"
base_url = "{address}/v1"
key_env = "LOOPBACK_KEY"

[models.loop]
provider = "loopback"
name = "loop-1"
context_tokens = 128_000
max_output_tokens = 4_096
capabilities = ["tools", "images", "json-schema"]

[models.vectors]
provider = "loopback"
name = "loop-1"
context_tokens = 128_000
max_output_tokens = 4_096
capabilities = ["embeddings"]
"""


@asynccontextmanager
async def opened(
    home: Path, *, has_log: bool, is_service: bool = False
) -> AsyncIterator[tuple[LoopbackModels, Orchestrator]]:
    """Open the orchestrator as it is wired, in this process or behind its service."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving_models())
        (home / "models.toml").write_text(MODELS.format(address=server.address))
        settings, environment = load_settings(home=home, log_prompts=has_log), {"LOOPBACK_KEY": KEY}
        if is_service:
            service = open_orchestrator_service(settings, environment, OrchestratorPlace(port=0))
            serving = await stack.enter_async_context(service)
            settings = settings.model_copy(update={"orchestrator_url": serving.address})
        yield server, await stack.enter_async_context(open_way_to_models(settings, environment))


def asked(text: str = ASKED, *, is_cached: bool | None = False) -> Ask:
    request = CompletionRequest((Message(Speaker.USER, (Text(f"Say what {text} is."),)),), max_output_tokens=500)
    return Ask(request=request, account=Account(), model="loop", is_pinned=True, is_cached=is_cached)


async def whole_story(server: LoopbackModels, orchestrator: Orchestrator) -> None:
    """Let calls succeed, fail and break off, whole and streamed, kept and embedded."""
    scripted = Scripted(text=f"It is a {ANSWERED}, is it not?")
    server.will_answer(*[scripted] * 3)
    await orchestrator.complete(asked(is_cached=True))
    await orchestrator.complete(asked(is_cached=True))
    assert [event async for event in orchestrator.stream(asked())]
    stream = orchestrator.stream(asked(f"{ASKED} again"))
    async for _ in stream:
        break
    await stream.aclose()
    await orchestrator.embed((ASKED,), account=Account(), model="vectors")
    server.will_answer(scripted)
    server.will_fail("cut mid-stream")
    with pytest.raises(ModelFault):
        assert [event async for event in orchestrator.stream(asked(), takeover=Takeover.FAIL)]
    server.will_fail("malformed JSON")
    await orchestrator.complete(asked())
    # The refused key comes last: nobody is asked with it for a while.
    for kind in ("bad request", "content filter", "bad key"):
        server._faults.append(Fault(kind, detail=f"What is {ASKED}? {{key}}"))
        with pytest.raises(ModelFault):
            await orchestrator.complete(asked())
    assert not server._faults


@pytest.mark.parametrize("is_service", [False, True])
async def test_without_the_switch_no_log_line_of_any_library_holds_a_word(
    is_service: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async with opened(tmp_path, has_log=False, is_service=is_service) as (server, orchestrator):
        await whole_story(server, orchestrator)

    assert caplog.records, "nothing was listened to"
    everything = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert ASKED not in everything
    assert ANSWERED not in everything
    assert KEY not in everything


def calls_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record)["facts"] for record in caplog.records if record.name == LOGGER]


async def test_with_the_switch_each_call_is_one_line_with_its_prompt_and_its_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)

    async with opened(tmp_path, has_log=True) as (server, orchestrator):
        await whole_story(server, orchestrator)
        sent = len(server.requests)

    calls = calls_of(caplog)
    assert [record.getMessage() for record in caplog.records if record.name == LOGGER] == [CALLED] * len(calls)
    # One a request that left: the answer that was kept is none.
    assert len(calls) == sent
    assert [call["outcome"] for call in calls] == [
        "answered",
        "answered",
        "broken off",
        "answered",
        "model.stream_cut",
        "model.answer_malformed",
        "answered",
        "model.request_refused",
        "model.content_filtered",
        "model.key_refused",
    ]
    whole, streamed, _, embedded, cut, *_ = calls
    assert whole["prompt"] == {"messages": [{"speaker": "user", "parts": [{"text": f"Say what {ASKED} is."}]}]}
    assert whole["answer"] == {"stop_reason": "end", "parts": [{"text": f"It is a {ANSWERED}, is it not?"}]}
    assert (streamed["prompt"], streamed["answer"]) == (whole["prompt"], whole["answer"])
    assert (embedded["prompt"], embedded["answer"]) == ({"texts": [ASKED]}, {"vectors": 1})
    assert f"It is a {ANSWERED}, is it not?".startswith(cut["answer"]["parts"][0]["text"])


async def test_what_is_logged_holds_no_secret_no_person_and_no_picture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    person = "ada@example.org"
    messages = (
        Message(Speaker.SYSTEM, (Text(f"{person} asks."),)),
        Message(Speaker.USER, (Text(f"{person} uses {SECRET}"), Image("image/png", b"picture-bytes"))),
    )
    tool = ToolSpec("write", f"Write to {person} with {SECRET}", '{"type": "object", "properties": {}}')
    ask = asked()
    ask = replace(ask, request=replace(ask.request, messages=messages, tools=(tool,)))

    async with opened(tmp_path, has_log=True) as (server, orchestrator):
        calling = Scripted(text=f"{person}: {SECRET}", calls=(Call("write", f'{{"to": "{person} {SECRET}"}}'),))
        server.will_answer(calling, calling)
        await orchestrator.complete(ask)
        assert [event async for event in orchestrator.stream(ask)]
        await orchestrator.embed((f"{person} {SECRET}",), account=Account(), model="vectors")

    said = repr(calls_of(caplog))
    assert len(calls_of(caplog)) == 3
    for hidden in (person, SECRET, "picture-bytes", KEY):
        assert hidden not in said
    assert "<email-1> uses [GitHub token removed]" in said
    assert "'image': 'image/png', 'size_bytes': 13" in said
