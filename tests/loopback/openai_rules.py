"""What the official description of chat completions forbids."""

import re
from typing import Any

_FIELDS = {
    "messages", "model", "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs",
    "max_completion_tokens", "max_tokens", "metadata", "modalities", "n", "parallel_tool_calls", "prediction",
    "presence_penalty", "prompt_cache_key", "prompt_cache_retention", "reasoning_effort", "response_format",
    "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature",
    "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
}  # fmt: skip
_ROLE_FIELDS = {
    "developer": {"role", "content", "name"},
    "system": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {"role", "content", "name", "refusal", "tool_calls", "function_call", "audio"},
    "tool": {"role", "content", "tool_call_id"},
}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def chat_complaint(content: Any) -> str:
    """Return what is wrong with the body of a chat completion, empty when it is right."""
    if not isinstance(content, dict):
        return "The body must be a JSON object."
    if unknown := set(content) - _FIELDS:
        return f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}"
    if not isinstance(content.get("model"), str):
        return "you must provide a model parameter"
    if not isinstance(content.get("messages"), list) or not content["messages"]:
        return "Missing required parameter: 'messages'."
    return (
        _parameters(content)
        or _tools(content)
        or _answer_format(content.get("response_format"))
        or next(filter(None, (_message(message) for message in content["messages"])), "")
        or _order(content["messages"])
    )


def _parameters(content: dict[str, Any]) -> str:
    if "max_tokens" in content and "max_completion_tokens" in content:
        return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
    for name in ("max_tokens", "max_completion_tokens"):
        if name in content and not (isinstance(content[name], int) and content[name] > 0):
            return f"Invalid '{name}': integer below minimum value."
    for name, most in (("temperature", 2), ("top_p", 1)):
        if content.get(name) is not None and not 0 <= content[name] <= most:
            return f"Invalid '{name}': decimal above maximum value."
    if content.get("stream_options") is not None and content.get("stream") is not True:
        return "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    if content.get("reasoning_effort", "low") not in {None, "none", "minimal", "low", "medium", "high", "xhigh"}:
        return "Invalid value for 'reasoning_effort'."
    stop = content.get("stop")
    return "Invalid 'stop': array too long." if isinstance(stop, list) and not 1 <= len(stop) <= 4 else ""


def _tools(content: dict[str, Any]) -> str:
    tools = content.get("tools")
    if tools is None:
        given = next((name for name in ("tool_choice", "parallel_tool_calls") if name in content), "")
        return f"'{given}' is only allowed when 'tools' are specified." if given else ""
    if not tools:
        return "Invalid 'tools': empty array."
    for tool in tools:
        function = tool.get("function", {})
        if tool.get("type") != "function" or set(function) - {"name", "description", "parameters", "strict"}:
            return f"Invalid tool: {tool}"
        if not _NAME.fullmatch(function.get("name", "")):
            return "Invalid 'tools[0].function.name'."
        if function.get("parameters", {"type": "object"}).get("type") != "object":
            return "Invalid schema for function: schema must be a JSON Schema of 'type: \"object\"'."
    choice = content.get("tool_choice", "auto")
    if isinstance(choice, dict):
        names = {tool["function"]["name"] for tool in tools}
        return "" if choice.get("function", {}).get("name") in names else "Tool choice not found in 'tools'."
    return "" if choice in {"auto", "none", "required"} else "Invalid value for 'tool_choice'."


def _answer_format(given: Any) -> str:
    if given is None or given == {"type": "text"} or given == {"type": "json_object"}:
        return ""
    if given.get("type") != "json_schema" or set(given) != {"type", "json_schema"}:
        return "Invalid 'response_format'."
    described = given["json_schema"]
    if set(described) - {"name", "strict", "schema", "description"} or not _NAME.fullmatch(described.get("name", "")):
        return "Invalid 'response_format.json_schema'."
    return _strict_complaint(described.get("schema", {})) if described.get("strict") else ""


def _strict_complaint(schema: Any) -> str:
    if isinstance(schema, list):
        return next(filter(None, map(_strict_complaint, schema)), "")
    if not isinstance(schema, dict):
        return ""
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return "Invalid schema for response_format: 'additionalProperties' is required to be false."
        if set(schema.get("required", [])) != set(schema.get("properties", {})):
            return "Invalid schema for response_format: 'required' must include every key in properties."
    return next(filter(None, map(_strict_complaint, schema.values())), "")


def _message(message: dict[str, Any]) -> str:
    allowed = _ROLE_FIELDS.get(message.get("role", ""))
    if allowed is None:
        return f"Invalid value: '{message.get('role')}'."
    if unknown := set(message) - allowed:
        return f"Additional properties are not allowed ({sorted(unknown)}) - 'messages'."
    content = message.get("content")
    if content is None and not (message["role"] == "assistant" and message.get("tool_calls")):
        return "Invalid value for 'content': expected a string, got null."
    if isinstance(content, list):
        return next(filter(None, (_part(part, message["role"]) for part in content)), "")
    return ""


def _part(part: dict[str, Any], role: str) -> str:
    if part.get("type") == "text" and set(part) == {"type", "text"}:
        return ""
    if part.get("type") == "image_url" and role == "user" and set(part) == {"type", "image_url"}:
        is_known = re.match(r"(data:image/(png|jpeg|gif|webp);base64,|https?://)", part["image_url"].get("url", ""))
        return "" if is_known else "Invalid image URL."
    return f"Invalid content part: {part.get('type')}"


def _order(messages: list[dict[str, Any]]) -> str:
    """Each tool call is answered, at once, before anybody else speaks."""
    open_ids: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_ids:
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
            open_ids.discard(message["tool_call_id"])
            continue
        if open_ids:
            return f"tool_call_ids did not have response messages: {sorted(open_ids)}"
        open_ids = {call["id"] for call in message.get("tool_calls") or ()}
    return ""
