"""Tools that run outside of the sandbox, because the person whose machine it is configured them."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.completion import ToolSpec
from eaa.domain.origin import Origin


class Trust(StrEnum):
    """What a person says that the tools of a server do."""

    READS = "reads"
    """They look things up. Every role may call them, and a call that was interrupted is simply made again."""
    WRITES = "writes"
    """They change something out there. Only a role that may write calls them, only for a member's request, and a call
    whose end nobody saw is never made again by itself."""


@dataclass(frozen=True, slots=True)
class OutsideTool:
    """A tool as a person pinned it."""

    spec: ToolSpec
    """What models are shown: the pinned words, whatever the server says today."""
    trust: Trust
    origin: Origin = Origin.MACHINE
    """Of what it answers."""


@dataclass(frozen=True, slots=True)
class OutsideAnswer:
    """What a tool outside answered: somebody else's words, neither bounded nor cleaned."""

    text: str
    is_error: bool = False
