"""The protocol: what other programs see on stdin and stdout. Source: MCP specification, revision 2025-06-18 and later.

Stdout holds messages of the protocol and nothing else; whatever else would be printed there goes to stderr.
"""

import json
import logging
from importlib.metadata import version
from typing import Any

import mcp_types as wire
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from eaa.domain.errors import EaaError
from eaa.ports.schemas import Schemas
from eaa.services.mcp.house import House
from eaa.services.mcp.tools import DOOR_TOOLS, DoorTool, use

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Hands engineering tasks to `eaa`, which works on them in the background: `create`, then `show` until the state is "
    "`done`, `failed`, `cancelled` or `waiting`; `evidence` has what was really shown. A state of `waiting` with a "
    "question wants an `answer`."
)
_Context = ServerRequestContext[Any]


async def serve(house: House, *, schemas: Schemas) -> None:
    """Answer on stdin and stdout until stdin is closed. Runs that were started live on."""
    server = make_server(house, schemas=schemas)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def make_server(house: House, *, schemas: Schemas) -> Server[Any]:
    """Return the server, not yet connected to anything."""

    async def listed(_: _Context, __: wire.PaginatedRequestParams | None) -> wire.ListToolsResult:
        return wire.ListToolsResult(tools=[_listed(tool) for tool in DOOR_TOOLS])

    async def called(_: _Context, params: wire.CallToolRequestParams) -> wire.CallToolResult:
        try:
            return _result(await use(params.name, params.arguments or {}, house, schemas=schemas), is_error=False)
        except EaaError as error:
            facts = {"code": error.code, "message": str(error), "hint": error.hint}
        except Exception as error:
            log.exception("a call of %s failed", params.name)
            facts = {
                "code": EaaError.code,
                "message": f"{type(error).__name__} in {params.name}",
                "hint": "This is a fault of ours; stderr of `eaa mcp` has more. Please report it.",
            }
        return _result({"error": facts}, is_error=True)

    return Server("eaa", version=version("eaa"), instructions=INSTRUCTIONS, on_list_tools=listed, on_call_tool=called)


def _listed(tool: DoorTool) -> wire.Tool:
    return wire.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=dict(tool.schema),
        annotations=wire.ToolAnnotations(
            read_only_hint=tool.is_reading,
            destructive_hint=tool.is_destructive,
            idempotent_hint=tool.is_repeatable,
            open_world_hint=False,
        ),
    )


def _result(facts: dict[str, Any], *, is_error: bool) -> wire.CallToolResult:
    # Names that are no UTF-8 do not travel; ASCII alone cannot drive the terminal of whoever prints it.
    plain = json.loads(json.dumps(facts, ensure_ascii=False).encode(errors="replace"))
    text = wire.TextContent(type="text", text=json.dumps(plain, indent=1))
    return wire.CallToolResult(content=[text], structured_content=plain, is_error=is_error)
