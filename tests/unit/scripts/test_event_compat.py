"""What readers of events would stumble over is found, and what they would not is let through."""

import copy
from typing import Any

import msgspec
import pytest

from eaa.domain.event import EVENT_TYPES
from eaa.engine.event_schemas import EVENT_DATA, schema_of
from scripts.asyncapi import asyncapi
from scripts.event_compat import breaks

PUBLISHED = {name: schema_of(name) for name in EVENT_TYPES}


def definition(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the definition that a type's schema refers to."""
    schema = schemas[name]
    found: dict[str, Any] = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    return found


def test_every_type_has_a_shape() -> None:
    assert set(EVENT_DATA) == EVENT_TYPES
    assert list(breaks(PUBLISHED, PUBLISHED)) == []


def test_a_new_type_and_an_optional_field_break_nobody() -> None:
    new = copy.deepcopy(PUBLISHED)
    new["run.cloned"] = {"type": "object"}
    definition(new, "run.parked")["properties"]["colour"] = {"type": "string", "default": ""}

    assert list(breaks(PUBLISHED, new)) == []


def _without_type(new: dict[str, Any]) -> None:
    del new["run.parked"]


def _without_field(new: dict[str, Any]) -> None:
    del definition(new, "run.parked")["properties"]["code"]


def _other_kind(new: dict[str, Any]) -> None:
    definition(new, "run.parked")["properties"]["code"] = {"type": "integer"}


def _optional(new: dict[str, Any]) -> None:
    definition(new, "run.parked")["required"].remove("code")


def _without_value(new: dict[str, Any]) -> None:
    new["run.parked"]["$defs"]["RunState"]["enum"].remove("failed")


def _other_kinds(new: dict[str, Any]) -> None:
    definition(new, "run.parked")["properties"]["subject"]["anyOf"][0] = {"type": "integer"}


def _other_items(new: dict[str, Any]) -> None:
    definition(new, "workspace.handed_back")["properties"]["paths"]["items"] = {"type": "integer"}


def _one_more_to_have(new: dict[str, Any]) -> None:
    definition(new, "run.parked")["properties"]["colour"] = {"type": "string"}
    definition(new, "run.parked")["required"].append("colour")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without_type, "run.parked: the type is gone"),
        (_without_field, "run.parked.code: it is gone"),
        (_other_kind, "run.parked.code: it was string and is integer"),
        (_optional, "run.parked: code may be left out now"),
        (_without_value, "run.parked.state: 'failed' is no value any more"),
        (_other_kinds, "run.parked.subject: it was string and is integer"),
        (_other_items, "workspace.handed_back.paths[]: it was string and is integer"),
        (_one_more_to_have, "run.parked: colour must be there now"),
    ],
    ids=[
        "type gone",
        "field gone",
        "other kind",
        "optional",
        "value gone",
        "other kinds",
        "other items",
        "one more to have",
    ],
)
def test_what_breaks_readers_is_named(change: Any, said: str) -> None:
    new = copy.deepcopy(PUBLISHED)
    change(new)

    assert said in list(breaks(PUBLISHED, new))


def test_a_new_version_may_be_different() -> None:
    new = copy.deepcopy(PUBLISHED)
    _other_kind(new)
    new["run.parked"]["$id"] = "urn:eaa:event:run.parked:2"

    assert list(breaks(PUBLISHED, new)) == []


def test_the_description_of_the_stream_has_every_type() -> None:
    document = msgspec.json.decode(msgspec.json.encode(asyncapi()))

    assert set(document["components"]["messages"]) == EVENT_TYPES
    assert document["asyncapi"] == "3.0.0"
