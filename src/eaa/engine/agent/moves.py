"""What comes next, read off the transcript alone: the same after a kill as without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from eaa.domain.completion import Completion, StopReason
from eaa.domain.transcript import Ended, EndReason, Noted, Replied, Told, ToolEnded, Voice
from eaa.engine.agent.limits import Limits, passed
from eaa.engine.agent.reading import Reading

_MOST_SILENT = 2
"""Answers without a tool call that are nudged; the next one ends the loop."""
_MOST_WARNINGS = 2

NO_CALL = (
    "Your answer called no tool. Go on with a tool, or call `submit` when the work is done, "
    "`ask` when a person must decide."
)
CUT_OFF = "Your answer was cut off at its token limit. Go on from there, in smaller pieces."
REPEATED = (
    "You have done this before, with the same result, and nothing has changed since. Doing it again tells you "
    "nothing; what did you expect, and what else could be the cause?"
)
NEW_PLAN = (
    "You go round in circles. Stop. Write down what you know for certain, what you have ruled out, and a new plan that "
    "differs from what you tried; then take its first step."
)


@dataclass(frozen=True, slots=True)
class AskModel:
    """Let the model answer."""


@dataclass(frozen=True, slots=True)
class RunTool:
    """Answer one call of the last answer."""

    completion: Completion
    index: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Say something to the model."""

    told: Told


@dataclass(frozen=True, slots=True)
class Finish:
    """It is over."""

    ended: Ended


Move: TypeAlias = AskModel | RunTool | Tell | Finish


def next_move(reading: Reading, limits: Limits, *, now: datetime) -> Move:
    """Return what comes next. Limits are held only against asking the model: tools that were called are answered."""
    move = _after_answer(reading)
    if not isinstance(move, AskModel):
        return move
    limit = passed(reading.usage.counted(now=now), limits)
    return move if limit is None else Finish(Ended(EndReason.LIMIT, limit))


def _after_answer(reading: Reading) -> Move:
    last, reply, since = reading.last, reading.reply, reading.since
    if isinstance(last, Ended):
        return Finish(last)
    if reply is None:
        return AskModel()
    answered = reading.answered
    for index in range(len(reply.completion.tool_calls)):
        if index not in answered:
            return RunTool(reply.completion, index)
    if any(isinstance(entry, Ended) for entry in since):
        return AskModel()
    ends = next((entry.ends for entry in since if isinstance(entry, ToolEnded) and entry.ends is not None), None)
    if ends is not None:
        # Whoever speaks while the model submits is heard first.
        is_spoken_to = any(isinstance(entry, Told) and entry.who is Voice.PERSON for entry in since)
        return AskModel() if is_spoken_to else Finish(ends)
    return _after_results(reading) if answered else _after_silence(reply.completion, reading)


def _after_silence(completion: Completion, reading: Reading) -> Move:
    if any(isinstance(entry, Told) for entry in reading.since):
        return AskModel()
    if completion.stop_reason in (StopReason.REFUSAL, StopReason.CONTENT_FILTER):
        said = completion.text.strip()
        return Finish(Ended(EndReason.FAULT, f"the model declined{f': {said[:500]}' if said else ''}"))
    if _silent(reading.noted) > _MOST_SILENT:
        return Finish(Ended(EndReason.STUCK, f"{_MOST_SILENT + 1} answers in a row called no tool"))
    return Tell(Told(Voice.NUDGE, CUT_OFF if completion.stop_reason is StopReason.LENGTH else NO_CALL))


def _silent(noted: Sequence[Noted]) -> int:
    """Return how many answers at the end called no tool; an end of the loop or a person's word begins anew."""
    count = 0
    for one in reversed(noted):
        match one.entry:
            case Replied():
                if one.entry.completion.tool_calls:
                    break
                count += 1
            case Ended() | Told(who=Voice.PERSON):
                break
            case _:
                continue
    return count


def _after_results(reading: Reading) -> Move:
    circle = reading.watch.circle()
    if not circle.is_new:
        return AskModel()
    if circle.warnings >= _MOST_WARNINGS:
        detail = f"the model repeats `{circle.tool}` with the same result, also after it was asked for a new plan"
        return Finish(Ended(EndReason.STUCK, detail))
    words = REPEATED if circle.warnings == 0 else NEW_PLAN
    return Tell(Told(Voice.NUDGE, words, is_about_repetition=True))
