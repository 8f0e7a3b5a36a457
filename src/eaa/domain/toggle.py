"""Switches by which people take a part out of service, and what is done without it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from eaa.domain.errors import EaaError
from eaa.domain.ids import OrganisationId


class Toggle(StrEnum):
    """What can be switched off. Each is on until somebody says otherwise."""

    MODELS = "models"
    EVENT_BUS = "event-bus"
    SHARED_LIMITS = "shared-limits"
    INTAKE = "intake"
    QUEUE = "queue"


WITHOUT: Mapping[Toggle, str] = MappingProxyType(
    {
        Toggle.MODELS: "no model is asked: new runs have the team that works without one, others wait for `eaa resume`",
        Toggle.EVENT_BUS: "events wait in the database, and are read there and over HTTP",
        Toggle.SHARED_LIMITS: "limits a minute hold in each process alone",
        Toggle.INTAKE: "no new task is taken; what is on record goes on",
        Toggle.QUEUE: "no queued run begins; those that are worked on go on",
    }
)
"""What is done while it is off."""


@dataclass(frozen=True, slots=True)
class ToggleSetting:
    """How somebody set a switch."""

    organisation_id: OrganisationId
    name: Toggle
    is_on: bool
    why: str
    """In words of whoever did it, for whoever wonders."""
    who: str
    updated_at: datetime


class SwitchedOff(EaaError):
    """What was asked for is switched off."""

    code = "toggle.off"

    def __init__(self, toggle: Toggle, *, why: str = "") -> None:
        super().__init__(
            f"{toggle} is switched off{f': {why}' if why else ''}",
            hint=f"Try again later; whoever runs this installation switches it on with `eaa toggle set {toggle} on`.",
        )
        self.toggle = toggle
