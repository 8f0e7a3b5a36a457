"""The JSON Schema of what each type of event says."""

from collections.abc import Mapping
from typing import Any

import msgspec

from eaa.domain.event_data import (
    ConfirmedEffect,
    RefusedEffect,
    RunHalted,
    RunParked,
    RunResumed,
    StepEnded,
    TaskOpened,
    WorkspaceHandedBack,
    WorkspaceTaken,
    schema_name,
)
from eaa.engine.approvals import Approval
from eaa.engine.workflows.order import Order

SCHEMA_URI = "https://json-schema.org/draft/2020-12/schema"
_OF_STEPS = frozenset(
    {
        "baseline.measured",
        "requirement.written",
        "decision.written",
        "plan.written",
        "plan.approved",
        "tests.written",
        "bug.reproduced",
        "patch.proposed",
        "verification.failed",
        "evidence.recorded",
        "change.integrated",
        "branch.published",
        "pull_request.opened",
        "rollout.written",
        "role.skipped",
    }
)
EVENT_DATA: Mapping[str, type] = {
    "task.opened": TaskOpened,
    "run.started": Order,
    "run.resumed": RunResumed,
    "run.paused": RunHalted,
    "run.ended": RunHalted,
    "run.parked": RunParked,
    "effect.approved": Approval,
    "effect.refused": RefusedEffect,
    "effect.confirmed": ConfirmedEffect,
    "workspace.taken": WorkspaceTaken,
    "workspace.handed_back": WorkspaceHandedBack,
    **dict.fromkeys(sorted(_OF_STEPS), StepEnded),
}
"""The shape of each type's data."""


def schema_of(event_type: str) -> dict[str, Any]:
    """Return the JSON Schema of an event's data."""
    (schema,), components = msgspec.json.schema_components([EVENT_DATA[event_type]], ref_template="#/$defs/{name}")
    named = {"$schema": SCHEMA_URI, "$id": schema_name(event_type)}
    return {**named, **schema, **({"$defs": components} if components else {})}
