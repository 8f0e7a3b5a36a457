"""Events as other programs see them.

Source: CloudEvents 1.0.2, "JSON Event Format" and "Context Attributes", checked 2026-11.
"""

from datetime import datetime

import msgspec

from eaa.domain.event import Event
from eaa.domain.event_data import schema_name

CONTENT_TYPE = "application/cloudevents+json"


class CloudEvent(msgspec.Struct, frozen=True):
    """One event. Names of extension attributes are lower-case letters and digits, as the specification wants them."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    """The task."""
    time: datetime
    datacontenttype: str
    dataschema: str
    """Names the version of the data's schema."""
    eaaorganisation: str
    eaarun: str | None
    eaaorigin: str
    """The least trusted origin of what it tells about."""
    data: msgspec.Raw


def cloud_event(event: Event) -> CloudEvent:
    """Return an event with its attributes."""
    return CloudEvent(
        specversion="1.0",
        id=event.id,
        source=f"/eaa/{event.organisation_id}",
        type=event.type,
        subject=event.task_id,
        time=event.created_at,
        datacontenttype="application/json",
        dataschema=schema_name(event.type),
        eaaorganisation=event.organisation_id,
        eaarun=event.run_id,
        eaaorigin=str(event.origin),
        data=msgspec.Raw(event.data or b"null"),
    )


def cloud_event_json(event: Event) -> bytes:
    """Return an event in the JSON format."""
    return msgspec.json.encode(cloud_event(event))
