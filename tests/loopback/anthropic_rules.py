"""What the official description of Messages forbids."""

import re
from typing import Any

_FIELDS = {
    "model", "messages", "max_tokens", "system", "stream", "stop_sequences", "temperature", "top_p", "top_k", "tools",
    "tool_choice", "thinking", "metadata", "service_tier", "output_config", "container", "mcp_servers",
}  # fmt: skip
_BLOCK_FIELDS = {
    "text": {"type", "text", "cache_control", "citations"},
    "image": {"type", "source", "cache_control"},
    "thinking": {"type", "thinking", "signature"},
    "redacted_thinking": {"type", "data"},
    "tool_use": {"type", "id", "name", "input", "cache_control"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
}
_USER_BLOCKS = {"text", "image", "tool_result"}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_ID = re.compile(r"[a-zA-Z0-9_-]+")


def message_complaint(content: Any) -> str:
    """Return what is wrong with the body of a message request, empty when it is right."""
    if unknown := set(content) - _FIELDS:
        return f"{', '.join(sorted(unknown))}: Extra inputs are not permitted"
    for field in ("model", "messages", "max_tokens"):
        if field not in content:
            return f"{field}: Field required"
    if not content["messages"] or content["messages"][0].get("role") != "user":
        return "messages: first message must use the user role"
    return (
        _values(content)
        or _thinking(content)
        or _tools(content)
        or _marks(content)
        or _format(content.get("output_config") or {})
        or next(filter(None, (_message(message) for message in content["messages"])), "")
        or _order(content["messages"])
    )


def _values(content: dict[str, Any]) -> str:
    if not isinstance(content["max_tokens"], int) or content["max_tokens"] < 1:
        return "max_tokens: Input should be greater than or equal to 1"
    for name in ("temperature", "top_p"):
        if name in content and not 0 <= content[name] <= 1:
            return f"{name}: range: 0..1"
    if "temperature" in content and "top_p" in content:
        return "`temperature` and `top_p` cannot both be specified for this model."
    if any(not text.strip() for text in content.get("stop_sequences", [])):
        return "stop_sequences: each stop sequence must contain non-whitespace"
    return ""


def _thinking(content: dict[str, Any]) -> str:
    thinking = content.get("thinking")
    if thinking is None:
        return ""
    if thinking["type"] == "enabled" and not 1024 <= thinking["budget_tokens"] < content["max_tokens"]:
        return "`max_tokens` must be greater than `thinking.budget_tokens`."
    if "temperature" in content or "top_p" in content:
        return "`temperature` may only be set to 1 when thinking is enabled."
    if content.get("tool_choice", {}).get("type") in {"any", "tool"}:
        return "Thinking may not be enabled when tool_choice forces tool use."
    return ""


def _tools(content: dict[str, Any]) -> str:
    tools = content.get("tools")
    if tools is None:
        return "tool_choice may only be specified while providing tools" if "tool_choice" in content else ""
    for tool in tools:
        if set(tool) - {"name", "description", "input_schema", "cache_control", "strict"}:
            return f"tools: extra inputs in {tool}"
        if not _NAME.fullmatch(tool["name"]) or tool["input_schema"].get("type") != "object":
            return f"tools.{tool['name']}: name or input_schema"
    choice = content.get("tool_choice", {"type": "auto"})
    if choice["type"] == "tool" and choice["name"] not in {tool["name"] for tool in tools}:
        return f"Tool '{choice['name']}' not found in provided tools"
    return "" if choice["type"] in {"auto", "any", "tool", "none"} else "tool_choice.type"


def _marks(content: dict[str, Any]) -> str:
    places = [content.get("system") or [], content.get("tools") or []]
    places += [message["content"] for message in content["messages"] if isinstance(message["content"], list)]
    count = sum("cache_control" in block for place in places if isinstance(place, list) for block in place)
    return f"A maximum of 4 blocks with cache_control may be provided. Found {count}." if count > 4 else ""


def _format(output: dict[str, Any]) -> str:
    if set(output) - {"format", "effort"}:
        return "output_config: Extra inputs are not permitted"
    given = output.get("format")
    if given is not None and (given.get("type") != "json_schema" or not isinstance(given.get("schema"), dict)):
        return "output_config.format: invalid"
    return "" if output.get("effort", "low") in {"low", "medium", "high", "xhigh", "max"} else "output_config.effort"


def _message(message: dict[str, Any]) -> str:
    if message.get("role") not in {"user", "assistant"} or set(message) != {"role", "content"}:
        return f"messages: unexpected role or fields {sorted(message)}"
    blocks = message["content"]
    if isinstance(blocks, str):
        return "" if blocks else "messages: text content blocks must be non-empty"
    for block in blocks:
        allowed = _BLOCK_FIELDS.get(block.get("type"))
        if allowed is None or set(block) - allowed:
            return f"messages: Extra inputs are not permitted in {block.get('type')}"
        if (block["type"] in _USER_BLOCKS - {"text"}) != (message["role"] == "user") and block["type"] != "text":
            return f"messages: {block['type']} is not of {message['role']}"
        if block["type"] == "text" and not block["text"]:
            return "messages: text content blocks must be non-empty"
        if block["type"] == "tool_use" and not (_ID.fullmatch(block["id"]) and isinstance(block["input"], dict)):
            return "messages: tool_use.id or tool_use.input"
    return "" if blocks else "messages: all messages must have non-empty content"


def _order(messages: list[dict[str, Any]]) -> str:
    """Each call is answered in the very next message, before anything else in it."""
    open_ids: set[str] = set()
    for message in messages:
        blocks = message["content"] if isinstance(message["content"], list) else []
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if set(results) != open_ids:
            return f"messages: `tool_use` ids and `tool_result` blocks do not match: {sorted(open_ids ^ set(results))}"
        if any(block["type"] == "tool_result" for block in blocks[len(results) :]):
            return "messages: `tool_result` blocks must come first"
        open_ids = {block["id"] for block in blocks if block["type"] == "tool_use"}
    return "messages: `tool_use` ids were found without `tool_result` blocks" if open_ids else ""
