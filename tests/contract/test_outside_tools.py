"""What everything promises that calls tools outside of the sandbox."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from eaa.adapters.mcp.outside_tools import open_mcp_tools
from eaa.adapters.mcp.pins import described
from eaa.adapters.mcp.servers_file import Server
from eaa.adapters.memory.outside_tools import MemoryOutsideTools
from eaa.adapters.memory.progress import RecordingProgress
from eaa.domain.completion import ToolSpec
from eaa.domain.errors import ToolRefused
from eaa.domain.origin import Origin
from eaa.domain.outside_tool import OutsideAnswer, OutsideTool, Trust
from eaa.ports.outside_tools import OutsideTools
from tests.loopback.mcp_server import SCHEMA

NAME = "loopback__look"
ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def memory(_: Path) -> AsyncIterator[OutsideTools]:
    def answer(arguments: Mapping[str, Any]) -> OutsideAnswer:
        if arguments["how"] == "fail":
            return OutsideAnswer(f"no such thing: {arguments['text']}", is_error=True)
        return OutsideAnswer(arguments["text"])

    yield MemoryOutsideTools([(OutsideTool(ToolSpec(NAME, "Looks.", "{}"), trust=Trust.READS), answer)])


@asynccontextmanager
async def mcp(folder: Path) -> AsyncIterator[OutsideTools]:
    words = folder / "words"
    words.write_text("Looks.")
    server = Server(
        name="loopback",
        argv=(sys.executable, "-m", "tests.loopback.mcp_server", str(words)),
        environment=("PYTHONPATH",),
        tools=("look",),
        trust=Trust.READS,
        origin=Origin.MACHINE,
        timeout_s=60.0,
    )
    pins = {"loopback": {"look": described("look", "Looks.", SCHEMA)}}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    async with open_mcp_tools((server,), pins, environment, folder=folder, progress=RecordingProgress()) as tools:
        yield tools


@pytest.fixture(params=[memory, mcp], ids=["memory", "mcp"])
async def tools(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OutsideTools]:
    """One of the adapters, with a tool that says what it is told, or fails."""
    made: AbstractAsyncContextManager[OutsideTools] = request.param(tmp_path)
    async with made as opened:
        yield opened


async def test_a_tool_answers_words_or_an_error_and_an_unknown_one_is_refused(tools: OutsideTools) -> None:
    before = tools.tools

    said = await tools.call(NAME, {"how": "echo", "text": "grüß dich\n\x1b[2J"})
    failed = await tools.call(NAME, {"how": "fail", "text": "x"})
    with pytest.raises(ToolRefused, match="not configured"):
        await tools.call("loopback__other", {})

    assert said == OutsideAnswer("grüß dich\n\x1b[2J")
    assert failed == OutsideAnswer("no such thing: x", is_error=True)
    assert tools.tools == before
    assert [(tool.spec.name, tool.origin) for tool in before] == [(NAME, Origin.MACHINE)]
