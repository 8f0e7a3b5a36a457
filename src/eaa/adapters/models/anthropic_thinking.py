"""How a Claude model is asked to think; it differs by the model's version.

Up to 4.5 a model takes a token budget, from 4.6 on it decides itself and takes an effort, and from 4.7 on it
takes no temperature. Source: Anthropic, "Extended thinking", "Adaptive thinking", "Effort", checked 2026-11.
"""

import re
from typing import assert_never

from eaa.domain.completion import CompletionRequest, Effort, Reasoning, Speaker, ToolCall
from eaa.domain.model import Dialect
from eaa.ports.models import Route

_LEAST_BUDGET = 1024
_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?![\d])")
_NEWEST = (99, 0)
_ADAPTIVE_SINCE = (4, 6)
_FIXED_SAMPLING_SINCE = (4, 7)


def is_adaptive(route: Route) -> bool:
    """Whether the model takes an effort, not a budget; the provider's option `thinking` overrules its name."""
    form = route.provider.option("thinking")
    return form == "adaptive" if form else _version(route.model.wire_name) >= _ADAPTIVE_SINCE


def has_free_sampling(route: Route) -> bool:
    """Whether the model takes a temperature at all; the interface's versions since 2026-10-21 know none.

    Source: Anthropic, "Versions", checked 2026-11.
    """
    if route.provider.option("version") >= "2026-10-21":
        return False
    return _version(route.model.wire_name) < _FIXED_SAMPLING_SINCE


def thinking_budget(effort: Effort, max_tokens: int) -> int:
    """Return the tokens to think with, part of `max_tokens`; 0 where there is no room to think and to answer."""
    match effort:
        case Effort.LOW:
            wanted = 2048
        case Effort.MEDIUM:
            wanted = 8192
        case Effort.HIGH:
            wanted = 24576
        case _:
            assert_never(effort)
    budget = min(wanted, max_tokens * 3 // 4)
    return budget if budget >= _LEAST_BUDGET else 0


def history_has_thinking(request: CompletionRequest, dialect: Dialect) -> bool:
    """Whether a tool round under way began with this provider's thoughts, or there is no such round.

    With a budget, a turn that called tools must begin with its thoughts; after another provider's turn there are none.
    """
    for message in reversed(request.messages):
        if message.speaker is Speaker.ASSISTANT:
            has_calls = any(isinstance(part, ToolCall) for part in message.parts)
            first = message.parts[0] if message.parts else None
            is_own = isinstance(first, Reasoning) and first.dialect == dialect and bool(first.opaque)
            return is_own or not has_calls
    return True


def _version(wire_name: str) -> tuple[int, int]:
    """Return major and minor; the newest for a Claude that names none, the oldest for what is no Claude."""
    found = _VERSION.search(wire_name)
    if found is not None:
        return int(found[1]), int(found[2] or 0)
    return _NEWEST if "claude" in wire_name else (0, 0)
