"""What the official description of `generateContent` forbids."""

from typing import Any

_FIELDS = {
    "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings", "cachedContent",
}  # fmt: skip
_GENERATION = {
    "maxOutputTokens", "temperature", "topP", "topK", "seed", "stopSequences", "candidateCount", "responseMimeType",
    "responseSchema", "responseJsonSchema", "thinkingConfig", "presencePenalty", "frequencyPenalty",
}  # fmt: skip
_KINDS = {"text", "inlineData", "functionCall", "functionResponse"}
_DECLARATION = {"name", "description", "parameters", "parametersJsonSchema"}


def content_complaint(content: Any, *, has_ids: bool) -> str:
    """Return what is wrong with the body, empty when it is right; `has_ids`: whether calls have ids."""
    if unknown := set(content) - _FIELDS:
        return f"Invalid JSON payload received. Unknown name {sorted(unknown)}: Cannot find field."
    if not content.get("contents"):
        return "* GenerateContentRequest.contents: contents is not specified"
    return (
        _generation(content.get("generationConfig", {}))
        or _tools(content)
        or next(filter(None, (_turn(turn, has_ids=has_ids) for turn in content["contents"])), "")
        or _order(content["contents"])
    )


def _generation(config: dict[str, Any]) -> str:
    if unknown := set(config) - _GENERATION:
        return f"Unknown name {sorted(unknown)} at 'generation_config': Cannot find field."
    if len(config.get("stopSequences", [])) > 5:
        return "the number of stop sequences must be at most 5"
    if "responseJsonSchema" in config and config.get("responseMimeType") != "application/json":
        return "response_json_schema needs response_mime_type application/json"
    thinking = config.get("thinkingConfig", {})
    if {"thinkingBudget", "thinkingLevel"} <= set(thinking):
        return "You can only set one of thinking budget and thinking level."
    return "" if thinking.get("thinkingLevel", "low") in {"minimal", "low", "medium", "high"} else "thinking_level"


def _tools(content: dict[str, Any]) -> str:
    names = set()
    for tool in content.get("tools", []):
        for declared in tool["functionDeclarations"]:
            if set(declared) - _DECLARATION:
                return f"Unknown name in function_declarations: {sorted(declared)}"
            names.add(declared["name"])
    calling = content.get("toolConfig", {}).get("functionCallingConfig", {})
    if calling.get("mode", "AUTO") not in {"AUTO", "ANY", "NONE", "VALIDATED"}:
        return "Invalid value at 'tool_config.function_calling_config.mode'"
    allowed = set(calling.get("allowedFunctionNames", []))
    if allowed and (calling["mode"] != "ANY" or not allowed <= names):
        return "Please set allowed_function_names only when function calling mode is ANY."
    return ""


def _turn(turn: dict[str, Any], *, has_ids: bool) -> str:
    if turn.get("role") not in {"user", "model"} or set(turn) != {"role", "parts"}:
        return "Please use a valid role: user, model."
    if not turn["parts"]:
        return "contents.parts must not be empty."
    for part in turn["parts"]:
        if len(set(part) & _KINDS) != 1 or set(part) - _KINDS - {"thoughtSignature", "thought"}:
            return f"contents.parts: exactly one of its kinds must be set: {sorted(part)}"
        for kind in ("functionCall", "functionResponse"):
            if kind in part and "id" in part[kind] and not has_ids:
                return f"Unknown name 'id' at 'contents.parts.{kind}': Cannot find field."
        if "functionResponse" in part and not isinstance(part["functionResponse"]["response"], dict):
            return "function_response.response must be an object"
    return ""


def _order(contents: list[dict[str, Any]]) -> str:
    """A turn of calls begins signed, and is followed by as many responses, by name."""
    open_names: list[str] = []
    for turn in contents:
        names = [part["functionResponse"]["name"] for part in turn["parts"] if "functionResponse" in part]
        if names != open_names:
            return "the number of function response parts must equal the number of function call parts"
        calls = [part for part in turn["parts"] if "functionCall" in part]
        if calls and not calls[0].get("thoughtSignature"):
            return "Function call is missing a thought_signature in functionCall parts."
        open_names = [part["functionCall"]["name"] for part in calls]
    return ""
