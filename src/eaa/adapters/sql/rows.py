"""Domain values to rows and back: columns are named for the fields of the values."""

from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping

from eaa.domain.commit_pack import CommitPack
from eaa.domain.directive import Directive, DirectiveKind
from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.event import Event
from eaa.domain.kept_reply import KeptReply
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.run import Run, RunState
from eaa.domain.step import StepRecord
from eaa.domain.task import Task
from eaa.domain.toggle import ToggleSetting
from eaa.domain.transcript import TranscriptRow
from eaa.domain.verdict import TaskVerdict

Value = CommitPack | Task | Run | StepRecord | TranscriptRow | Directive | Effect | Event | KeptReply | ToggleSetting


def row_of(value: Value) -> dict[str, Any]:
    """Return the columns of a value."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def task_of(row: RowMapping) -> Task:
    """Return the task in a row."""
    kind = None if row["kind"] is None else Kind(row["kind"])
    return Task(**{**row, "origin": Origin(row["origin"]), "kind": kind})


def run_of(row: RowMapping) -> Run:
    """Return the run in a row."""
    verdict = None if row["verdict"] is None else TaskVerdict(row["verdict"])
    return Run(**{**row, "state": RunState(row["state"]), "verdict": verdict})


def step_of(row: RowMapping) -> StepRecord:
    """Return the step in a row."""
    return StepRecord(**row)


def transcript_row_of(row: RowMapping) -> TranscriptRow:
    """Return the entry in a row."""
    return TranscriptRow(**row)


def directive_of(row: RowMapping) -> Directive:
    """Return the directive in a row."""
    return Directive(**{**row, "kind": DirectiveKind(row["kind"])})


def effect_of(row: RowMapping) -> Effect:
    """Return the effect in a row."""
    closed = {"kind": EffectKind(row["kind"]), "state": EffectState(row["state"]), "origin": Origin(row["origin"])}
    return Effect(**{**row, **closed})


def event_of(row: RowMapping) -> Event:
    """Return the event in a row."""
    columns = {name: value for name, value in row.items() if name != "position"}
    return Event(**{**columns, "origin": Origin(row["origin"])})
