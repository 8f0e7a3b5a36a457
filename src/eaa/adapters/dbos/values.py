"""What DBOS writes into its tables for us, as JSON: never pickles, so that a row is data and not code."""

import base64
import json
from typing import Any

from dbos import Serializer
from typing_extensions import override

from eaa.adapters.dbos.faults import recorded_facts
from eaa.domain.error_facts import error_of


class JsonValues(Serializer):
    """Arguments, results and errors of workflows as JSON. Bytes are text when they are UTF-8, base64 otherwise."""

    @override
    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=_tag, separators=(",", ":"))

    @override
    def deserialize(cls, serialized_data: str) -> Any:  # noqa: N805 - named so by its parent
        return json.loads(serialized_data, object_hook=_untag)

    @override
    def name(self) -> str:
        return "eaa_json"


def _tag(value: object) -> dict[str, object]:
    """Return what JSON has no word for as an object with one telling key."""
    if isinstance(value, bytes):
        return _tag_bytes(value)
    if isinstance(value, Exception):
        return {"$fault": recorded_facts(value)}
    raise TypeError(f"{type(value).__name__} is not recorded")


def _tag_bytes(content: bytes) -> dict[str, object]:
    try:
        return {"$text": content.decode()}
    except UnicodeDecodeError:
        return {"$base64": base64.b64encode(content).decode()}


def _untag(found: dict[str, Any]) -> object:
    match found:
        case {"$text": str(text)}:
            return text.encode()
        case {"$base64": str(text)}:
            return base64.b64decode(text)
        case {"$fault": dict(facts)}:
            return error_of(facts)
        case _:
            return found
