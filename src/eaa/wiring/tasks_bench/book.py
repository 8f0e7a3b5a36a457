"""What came of trials, kept as they end: one line each, so that an interrupted bench goes on."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from eaa.domain.errors import DiskFull, InvalidRequest
from eaa.domain.trial import Arm, Invalid, Trial
from eaa.engine.codec import decode, encode

TRIALS_FILE = "trials.jsonl"
_TERMS_FILE = "terms.json"
_HINT = "Name another folder with --results; what is in this one stays."


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all trials of one folder have in common, or they could not be compared."""

    source: str
    """Folder or file of the exercises."""
    model: str
    budget_usd: float
    """The most that models may cost in one trial."""


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    trial: Trial | None = None
    invalid: Invalid | None = None


@dataclass(slots=True)
class Book:
    """The trials of one results folder."""

    folder: Path
    terms: Terms
    trials: list[Trial] = field(default_factory=list)
    invalid: list[Invalid] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path, terms: Terms) -> "Book":
        """Return the book of a folder with everything that stands in it; a line that a kill cut off is forgotten.

        Raises:
            InvalidRequest: It holds trials on other terms, or cannot be read.
            DiskFull: It cannot be made.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _agree(folder / _TERMS_FILE, terms)
            content = (folder / TRIALS_FILE).read_bytes() if (folder / TRIALS_FILE).exists() else b""
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                os.truncate(folder / TRIALS_FILE, len(whole))
        except OSError as error:
            raise DiskFull(path=str(folder)) from error
        book = cls(folder, terms)
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                book._keep(decode(line, _Line))
            except msgspec.MsgspecError as error:
                raise InvalidRequest(f"{folder / TRIALS_FILE}:{number} cannot be read: {error}", hint=_HINT) from None
        return book

    def left(self, exercise: str, arms: Sequence[Arm]) -> tuple[Arm, ...]:
        """Return the arms that an exercise still needs, in the order of `Arm`; none when it is not valid."""
        if any(one.exercise == exercise for one in self.invalid):
            return ()
        done = {trial.arm for trial in self.trials if trial.exercise == exercise}
        return tuple(arm for arm in Arm if arm in arms and arm not in done)

    def find(self, exercise: str, arm: Arm) -> Trial | None:
        """Return a trial that has ended."""
        return next((trial for trial in self.trials if (trial.exercise, trial.arm) == (exercise, arm)), None)

    def add(self, one: Trial | Invalid) -> None:
        """Keep what came of an exercise. It is durable on return.

        Raises:
            DiskFull: There is no room.
        """
        line = _Line(trial=one) if isinstance(one, Trial) else _Line(invalid=one)
        try:
            with (self.folder / TRIALS_FILE).open("ab") as file:
                file.write(encode(line) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DiskFull(path=str(self.folder)) from error
        self._keep(line)

    def predictions(self, arm: Arm) -> Path:
        """Return where the predictions of an arm are written."""
        return self.folder / f"predictions-{arm}.jsonl"

    def write_predictions(self) -> None:
        """Write a file of predictions for each arm that has trials, in the form that SWE-bench's harness reads.

        Raises:
            DiskFull: There is no room.
        """
        for arm in Arm:
            trials = [trial for trial in self.trials if trial.arm is arm]
            if not trials:
                continue
            path = self.predictions(arm)
            lines = (json.dumps(_prediction(trial, self.terms.model)) for trial in trials)
            try:
                path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            except OSError as error:
                raise DiskFull(path=str(path)) from error

    def _keep(self, line: _Line) -> None:
        if line.trial is not None:
            self.trials.append(line.trial)
        if line.invalid is not None:
            self.invalid.append(line.invalid)


def _prediction(trial: Trial, model: str) -> dict[str, str]:
    return {
        "instance_id": trial.exercise,
        "model_name_or_path": f"eaa {trial.arm} {model}",
        "model_patch": trial.patch,
    }


def _agree(file: Path, terms: Terms) -> None:
    if not file.exists():
        file.write_bytes(encode(terms) + b"\n")
        return
    try:
        found = decode(file.read_bytes(), Terms)
    except msgspec.MsgspecError as error:
        raise InvalidRequest(f"{file} cannot be read: {error}", hint=_HINT) from None
    if found != terms:
        names = ("source", "model", "budget_usd")
        name = next(name for name in names if getattr(found, name) != getattr(terms, name))
        raise InvalidRequest(
            f"{file.parent} holds trials on other terms: {name} was {getattr(found, name)}, not {getattr(terms, name)}",
            hint=_HINT,
        )
