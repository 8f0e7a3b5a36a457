"""What the official description of Converse forbids."""

import json
import re
from typing import Any

_FIELDS = {
    "messages", "system", "inferenceConfig", "toolConfig", "additionalModelRequestFields", "outputConfig",
    "guardrailConfig", "performanceConfig", "requestMetadata",
}  # fmt: skip
_KINDS = {"text", "image", "toolUse", "toolResult", "reasoningContent", "cachePoint"}
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def converse_complaint(content: Any) -> str:
    """Return what is wrong with the body, empty when it is right."""
    if unknown := set(content) - _FIELDS:
        return f"Unexpected field {sorted(unknown)}"
    if not content.get("messages") or content["messages"][0].get("role") != "user":
        return "A conversation must start with a user message."
    if set(content.get("inferenceConfig", {})) - {"maxTokens", "temperature", "topP", "stopSequences"}:
        return "inferenceConfig: unexpected field"
    places = [content.get("system", []), *(message["content"] for message in content["messages"])]
    if sum("cachePoint" in block for place in places for block in place) > 4:
        return "at most 4 cache points"
    return (
        _tools(content)
        or _format(content)
        or next(filter(None, (_message(message) for message in content["messages"])), "")
        or _order(content["messages"])
    )


def _tools(content: dict[str, Any]) -> str:
    blocks = [block for message in content["messages"] for block in message["content"]]
    if "toolConfig" not in content:
        has_tools = any("toolUse" in block or "toolResult" in block for block in blocks)
        return (
            "The toolConfig field must be defined when using toolUse and toolResult content blocks."
            if has_tools
            else ""
        )
    for tool in content["toolConfig"]["tools"]:
        spec = tool["toolSpec"]
        if not _ID.fullmatch(spec["name"]) or not spec.get("description") or "json" not in spec["inputSchema"]:
            return f"Invalid tool: {spec}"
    choice = content["toolConfig"].get("toolChoice", {"auto": {}})
    return "" if len(choice) == 1 and set(choice) <= {"auto", "any", "tool"} else "Invalid toolChoice"


def _format(content: dict[str, Any]) -> str:
    given = content.get("outputConfig", {}).get("textFormat")
    if given is None:
        return ""
    schema = given.get("structure", {}).get("jsonSchema", {}).get("schema")
    is_schema = given.get("type") == "json_schema" and isinstance(schema, str) and isinstance(json.loads(schema), dict)
    return "" if is_schema else "outputConfig.textFormat: the schema must be a text"


def _message(message: dict[str, Any]) -> str:
    if message.get("role") not in {"user", "assistant"} or not message["content"]:
        return "messages: role or empty content"
    for block in message["content"]:
        kind = next(iter(block))
        if len(block) != 1 or kind not in _KINDS:
            return f"messages: exactly one of the members must be set: {sorted(block)}"
        if kind == "text" and not block["text"]:
            return "The text field in the ContentBlock object is blank."
        if kind in {"toolUse", "toolResult"} and not _ID.fullmatch(block[kind]["toolUseId"]):
            return "toolUseId: failed to satisfy constraint"
        if (kind in {"image", "toolResult"}) != (message["role"] == "user") and kind not in {"text", "cachePoint"}:
            return f"messages: {kind} is not of {message['role']}"
    return ""


def _order(messages: list[dict[str, Any]]) -> str:
    """Speakers take turns, and each call is answered in the very next turn."""
    open_ids: set[str] = set()
    speaker = ""
    for message in messages:
        if message["role"] == speaker:
            return "roles must alternate between user and assistant"
        speaker = message["role"]
        results = {block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block}
        if results != open_ids:
            return "Expected toolResult blocks for the toolUse blocks of previous turn."
        open_ids = {block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block}
    return ""
