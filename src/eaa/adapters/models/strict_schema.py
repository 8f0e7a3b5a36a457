"""Whether a JSON Schema keeps the rules of OpenAI's strict mode.

Source: OpenAI, "Structured outputs", checked 2026-11.
"""


def is_strict(schema: object) -> bool:
    """Whether each object is closed and each of its properties required.

    A schema that is not is refused with `strict`, and still followed as well as the model can without.
    """
    if isinstance(schema, list):
        return all(is_strict(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        is_closed = schema.get("additionalProperties") is False
        if not is_closed or not isinstance(properties, dict) or set(schema.get("required", ())) != set(properties):
            return False
    return all(is_strict(value) for value in schema.values())
