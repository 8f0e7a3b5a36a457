"""Tools outside that are Python functions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from eaa.domain.errors import ToolRefused
from eaa.domain.outside_tool import OutsideAnswer, OutsideTool
from eaa.ports.outside_tools import OutsideTools

Answering = Callable[[Mapping[str, Any]], OutsideAnswer]


class MemoryOutsideTools(OutsideTools):
    """Answers from functions, and remembers what was called."""

    def __init__(self, tools: Sequence[tuple[OutsideTool, Answering]] = ()) -> None:
        self._tools = tuple(tool for tool, _ in tools)
        self._answering = {tool.spec.name: answering for tool, answering in tools}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    @property
    @override
    def tools(self) -> tuple[OutsideTool, ...]:
        return self._tools

    @override
    async def call(self, name: str, arguments: Mapping[str, Any]) -> OutsideAnswer:
        if name not in self._answering:
            raise ToolRefused(f"the tool {name} is not configured here any more")
        self.calls.append((name, arguments))
        return self._answering[name](arguments)
