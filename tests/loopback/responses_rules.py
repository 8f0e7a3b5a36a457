"""What the official description of responses forbids."""

import re
from typing import Any

_FIELDS = {
    "model", "input", "instructions", "max_output_tokens", "store", "stream", "tools", "tool_choice", "text",
    "parallel_tool_calls", "temperature", "top_p", "reasoning", "include", "metadata", "previous_response_id",
    "prompt_cache_key", "safety_identifier", "service_tier", "truncation", "background", "stream_options",
}  # fmt: skip
_INCLUDED = {"reasoning.encrypted_content", "message.output_text.logprobs"}
_ITEM_FIELDS = {
    "message": {"type", "role", "content", "id", "status"},
    "function_call": {"type", "id", "call_id", "name", "arguments", "status"},
    "function_call_output": {"type", "id", "call_id", "output", "status"},
    "reasoning": {"type", "id", "summary", "encrypted_content", "content"},
}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def response_complaint(content: Any) -> str:
    """Return what is wrong with the body, empty when it is right."""
    if unknown := set(content) - _FIELDS:
        return f"Unknown parameter: '{sorted(unknown)[0]}'."
    if "model" not in content or not content.get("input"):
        return "Missing required parameter: 'input'."
    if content.get("max_output_tokens", 16) < 16:
        return "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16."
    if set(content.get("include", ())) - _INCLUDED:
        return "Invalid value: 'include'."
    if "reasoning" in content and ("temperature" in content or "top_p" in content):
        return "Unsupported parameter: 'temperature' is not supported with this model."
    return _tools(content) or _format(content) or _items(content["input"], is_kept=content.get("store", True))


def _tools(content: dict[str, Any]) -> str:
    names = set()
    for tool in content.get("tools", ()):
        if tool.get("type") != "function" or set(tool) - {"type", "name", "description", "parameters", "strict"}:
            return f"Invalid tool: {tool}"
        if not _NAME.fullmatch(tool["name"]) or tool["parameters"].get("type") != "object":
            return "Invalid 'tools[0].name' or its schema."
        names.add(tool["name"])
    choice = content.get("tool_choice", "auto")
    if isinstance(choice, dict):
        return "" if choice.get("name") in names else "Tool choice not found in 'tools' parameter."
    return "" if choice in {"auto", "none", "required"} else "Invalid value: 'tool_choice'."


def _format(content: dict[str, Any]) -> str:
    given = content.get("text", {}).get("format", {"type": "text"})
    if given["type"] == "text":
        return ""
    if given["type"] != "json_schema" or set(given) - {"type", "name", "schema", "strict", "description"}:
        return "Invalid 'text.format'."
    return "" if _NAME.fullmatch(given.get("name", "")) else "Missing required parameter: 'text.format.name'."


def _items(items: Any, *, is_kept: bool) -> str:
    """Each call is answered before the words that follow it, and no thought comes back without its content."""
    if isinstance(items, str):
        return ""
    open_ids: set[str] = set()
    for item in items:
        kind = item.get("type", "message")
        if kind not in _ITEM_FIELDS or set(item) - _ITEM_FIELDS[kind]:
            return f"Invalid value: '{kind}'."
        complaint = _message(item) if kind == "message" else ""
        if complaint:
            return complaint
        if kind == "reasoning" and not is_kept and not item.get("encrypted_content"):
            return f"Item with id '{item.get('id')}' not found. Items are not persisted when `store` is set to false."
        if kind == "function_call":
            open_ids.add(item["call_id"])
        if kind == "function_call_output" and item["call_id"] not in open_ids:
            return f"No tool call found for function call output with call_id {item['call_id']}."
        if kind == "function_call_output":
            open_ids.discard(item["call_id"])
    return f"No tool output found for function call {sorted(open_ids)[0]}." if open_ids else ""


def _message(item: dict[str, Any]) -> str:
    allowed = {"user": {"input_text", "input_image"}, "assistant": {"output_text", "refusal"}}
    role = item.get("role")
    if role not in {"user", "assistant", "system", "developer"}:
        return f"Invalid value: '{role}'."
    if isinstance(item["content"], str):
        return ""
    kinds = {part.get("type") for part in item["content"]}
    return f"Invalid value: {sorted(kinds)}" if kinds - allowed.get(role, {"input_text"}) or not kinds else ""
