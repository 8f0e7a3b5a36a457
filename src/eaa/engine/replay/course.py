"""How far a replay has come in the record, and whether what came is what was recorded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from eaa.domain.errors import EaaError
from eaa.domain.recording import RecordedStep, Recording
from eaa.domain.run import RunState
from eaa.domain.transcript import Ended, EndReason, Entry, Interrupted, Noted, Opened, Resumed, Told, Voice
from eaa.engine.agent.entries import kind_of
from eaa.engine.codec import decode
from eaa.engine.recording import entry_value, environment_in
from eaa.engine.replay.difference import Difference, ReplayDiffers, first_difference
from eaa.engine.replay.sameness import Sameness

PLACE = 1
"""The step that says what environment there is; it is never taken from a record."""
_EXECUTION = "execution "


class ProcessEnded(EaaError):
    """Here the recorded process was ended from outside; the replay begins a new execution, as that one did."""

    code = "replay.process_ended"


class RecordEnds(EaaError):
    """The record goes no further: its run had not ended when it was read."""

    code = "replay.record_ends"


@dataclass(slots=True)
class Course:
    """The record and the place in it. Whatever differs raises, and the first difference stays."""

    recording: Recording
    sameness: Sameness
    active: str = ""
    """The context that was written to last."""
    difference: Difference | None = None
    stop_is_due: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the record says that a person stopped the work here."""
    notes: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)
    """How many entries of each context have come."""
    _steps: set[int] = field(default_factory=set)
    _is_process_over: bool = False

    @property
    def steps_seen(self) -> int:
        """How many recorded steps have come."""
        return len(self._steps)

    @property
    def entries_seen(self) -> int:
        """How many recorded entries of conversations have come."""
        return sum(self._places.values())

    @property
    def is_over(self) -> bool:
        """Whether everything that was recorded has come."""
        left = any(len(one.entries) > self._places.get(one.context, 0) for one in self.recording.conversations)
        return not left and len(self._steps) == len(self.recording.steps)

    def has_seen(self, sequence: int) -> bool:
        """Return whether a recorded step has come."""
        return sequence in self._steps

    def skip(self, context: str, entries: int) -> None:
        """Say that a conversation begins after so many entries, which are taken from the record."""
        self._places[context] = entries

    def next_entries(self) -> Sequence[Noted]:
        """Return what the record holds of the active context from here on."""
        return self.recording.conversation(self.active)[self._places.get(self.active, 0) :]

    def came(self) -> Sequence[Noted]:
        """Return what the record holds of the active context up to here."""
        return self.recording.conversation(self.active)[: self._places.get(self.active, 0)]

    def entry(self, context: str, sequence: int, entry: Entry) -> None:
        """Take in the next entry of a conversation.

        Raises:
            ReplayDiffers: It is not the recorded one.
            RecordEnds: None is recorded, and the run had not ended.
        """
        where, self.active = f"{context}, entry {sequence}", context
        known = self.recording.conversation(context)
        if sequence > len(known):
            self.nothing_recorded(where, kind_of(entry))
        recorded = known[sequence - 1].entry
        if kind_of(recorded) != kind_of(entry):
            self.differ(Difference(where, "", f"`{kind_of(recorded)}`", f"`{kind_of(entry)}`"))
        self._compare(f"{where} ({kind_of(entry)})", _comparable(recorded), _comparable(entry))
        self._places[context] = sequence
        self._look_ahead(entry)

    def step(self, sequence: int, name: str, output: bytes) -> None:
        """Take in a finished step.

        Raises:
            ReplayDiffers: It is not the recorded one.
            RecordEnds: None is recorded, and the run had not ended.
        """
        recorded = self.recorded_step(sequence, name)
        if sequence == PLACE:
            self._learn_environments(recorded.output, output)
        self._compare(_named(recorded), decode(recorded.output, object), decode(output, object))
        self._steps.add(sequence)

    def recorded_step(self, sequence: int, name: str) -> RecordedStep:
        """Return what is recorded of a step.

        Raises:
            ReplayDiffers: Another one, or none.
            RecordEnds: None is recorded, and the run had not ended.
        """
        recorded = self.recording.step(sequence)
        if recorded is None:
            self.nothing_recorded(f"step {sequence}", f"`{name}`")
        if recorded.name != name:
            self.differ(Difference(f"step {sequence}", "", f"`{recorded.name}`", f"`{name}`"))
        return recorded

    def take(self, sequence: int, name: str) -> bytes:
        """Return the output of a step that is taken from the record, not done.

        Raises:
            ReplayDiffers: Another step is recorded, or none.
            RecordEnds: None is recorded, and the run had not ended.
        """
        recorded = self.recorded_step(sequence, name)
        self._steps.add(sequence)
        return recorded.output

    def settle(self) -> None:
        """Say that what came is durable.

        Raises:
            ProcessEnded: The recorded process did not live longer.
        """
        if self._is_process_over:
            self._is_process_over = False
            raise ProcessEnded("the recorded process ended here")

    def next_generation(self, generation: int) -> int:
        """Return the generation of the execution that goes on from here."""
        for one in self.next_entries():
            match one.entry:
                case Told(key=key) if key.startswith(_EXECUTION) and key.removeprefix(_EXECUTION).isdecimal():
                    return max(int(key.removeprefix(_EXECUTION)), generation + 1)
                case Resumed() | Interrupted() | Told():
                    continue
                case _:
                    break
        return generation + 1

    def people_say(self) -> tuple[Told, ...]:
        """Return what a person said at this point."""
        said = []
        for one in self.next_entries():
            if not isinstance(one.entry, Told) or one.entry.who is not Voice.PERSON or not one.entry.key:
                break
            said.append(one.entry)
        return tuple(said)

    def nothing_recorded(self, where: str, now: str) -> NoReturn:
        """Stop where the record holds nothing.

        Raises:
            ReplayDiffers: The run had ended, so there should be something.
            RecordEnds: It had not.
        """
        if self.recording.run.state is not RunState.DONE:
            raise RecordEnds(f"the record ends before {where}")
        self.differ(Difference(where, "", "nothing", now))

    def differ(self, difference: Difference) -> NoReturn:
        """Stop at a difference.

        Raises:
            ReplayDiffers: Always.
        """
        self.difference = self.difference or difference
        raise ReplayDiffers(self.difference)

    def _compare(self, where: str, recorded: object, now: object) -> None:
        found = first_difference(where, self.sameness.value(recorded), self.sameness.value(now))
        if found is not None:
            self.differ(found)

    def _look_ahead(self, last: Entry) -> None:
        following = self.next_entries()
        following_entry = following[0].entry if following else None
        # After work that was submitted, `Resumed` is the next round's beginning.
        has_ended_well = isinstance(last, Ended) and last.why is EndReason.SUBMITTED
        self._is_process_over = isinstance(following_entry, Resumed) and not has_ended_well
        if isinstance(following_entry, Ended) and following_entry.why is EndReason.STOPPED:
            self.stop_is_due.set()
        else:
            self.stop_is_due.clear()
        if isinstance(last, Opened):
            self._note_versions(last)

    def _note_versions(self, now: Opened) -> None:
        recorded = self.came()[0].entry
        if isinstance(recorded, Opened) and recorded.versions != now.versions:
            said = "; ".join(f"{part} {version}" for part, version in recorded.versions)
            here = "; ".join(f"{part} {version}" for part, version in now.versions)
            self.note(f"recorded with {said or 'versions that nobody wrote down'}, replayed with {here}")

    def _learn_environments(self, recorded: bytes, now: bytes) -> None:
        before, here = environment_in(recorded), environment_in(now)
        self.sameness.learn(one for one in (before, here) if one is not None)
        if before is not None and here is not None and before.interpreter_version != here.interpreter_version:
            self.note(
                f"the tests run with {here.toolchain} {here.interpreter_version} here, "
                f"and ran with {before.interpreter_version}"
            )

    def note(self, text: str) -> None:
        """Keep something that a person should know, once."""
        if text not in self.notes:
            self.notes.append(text)


def _comparable(entry: Entry) -> Any:
    """Return an entry as a plain JSON value; of a whole output only that there is one, since its hash holds times."""
    value: Any = entry_value(entry)
    return {**value, "output": value["output"] is not None} if "output" in value else value


def _named(step: RecordedStep) -> str:
    return f"step {step.sequence} `{step.name}`"
