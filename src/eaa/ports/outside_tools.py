"""Tools outside of the sandbox."""

from collections.abc import Mapping
from typing import Any, Protocol

from eaa.domain.outside_tool import OutsideAnswer, OutsideTool


class OutsideTools(Protocol):
    """Calls tools that a person configured. Nothing of them is started before one is called."""

    @property
    def tools(self) -> tuple[OutsideTool, ...]:
        """Return the tools in the order in which they are shown; the same as long as this object lives."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any]) -> OutsideAnswer:
        """Call a tool by the name in its spec and return what it answered, also when that is an error.

        Cancelled, it returns at once, and whatever served the call is ended.

        Args:
            name: The name in the tool's spec.
            arguments: They fit the spec's schema.

        Raises:
            ToolRefused: There is no such tool, it is not what was pinned, or it gave no answer in time. The words are
                ours, and hold none of the server's.
        """
        ...
