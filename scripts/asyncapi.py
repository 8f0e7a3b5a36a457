"""The stream of events in NATS, as AsyncAPI 3.0 describes it.

Source: AsyncAPI Initiative, "AsyncAPI Specification 3.0.0", checked 2026-11.
"""

from importlib.metadata import version
from typing import Any

from eaa.adapters.nats.event_bus import CONTENT_TYPE, ROOT, STREAM
from eaa.domain.event import EVENT_TYPES
from eaa.domain.event_data import schema_name
from eaa.engine.event_schemas import schema_of

_TEXT = {"type": "string"}


def asyncapi() -> dict[str, Any]:
    """Return the document."""
    messages = {name: _message(name) for name in sorted(EVENT_TYPES)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Engineering AI Agent: events",
            "version": version("eaa"),
            "description": f"Every event once, in the order of its commit, in the JetStream stream {STREAM}.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "events": {
                "address": f"{ROOT}.{{organisation}}.{{task}}.{{type}}",
                "parameters": {
                    "organisation": {"description": "The organisation's id."},
                    "task": {"description": "The task's id."},
                    "type": {"description": "The event's type, two words with a dot between them."},
                },
                "messages": {name: {"$ref": f"#/components/messages/{_pointer(name)}"} for name in messages},
            }
        },
        "operations": {
            "hearEvents": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "We publish; subscribe to as much of the subject as you want to hear.",
            }
        },
        "components": {"messages": messages},
    }


def _message(name: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": _TEXT,
        "source": _TEXT,
        "type": {"const": name},
        "subject": _TEXT,
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"const": schema_name(name)},
        "eaaorganisation": _TEXT,
        "eaarun": {"type": ["string", "null"]},
        "eaaorigin": _TEXT,
        "data": schema_of(name),
    }
    return {
        "name": name,
        "contentType": CONTENT_TYPE,
        "headers": {"type": "object", "properties": {"Nats-Msg-Id": {"type": "string", "description": "The id."}}},
        "payload": {"type": "object", "required": sorted(attributes), "properties": attributes},
    }


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
