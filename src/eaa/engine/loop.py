"""The agent loop: a model answers, its calls are answered, until one of them ends the work.

Everything that happens is an entry of the transcript, durable before the next thing happens. What comes next
(`agent/moves.py`) and what the model is sent (`agent/history.py`) are read off the transcript alone, so that a process
that was killed at any moment and one that was not go on alike. The workspace is kept as a commit after every tool that
may have written; a new process restores the last one, and a command whose end nobody saw counts as undone.
"""

from typing import assert_never

from eaa.domain.transcript import (
    Ended,
    EndReason,
    Interrupted,
    Replied,
    Resumed,
    Told,
    ToolEnded,
    ToolStarted,
)
from eaa.engine.agent.asking import ask_model
from eaa.engine.agent.job import AgentPorts, Job, Outcome
from eaa.engine.agent.limits import Used
from eaa.engine.agent.moves import AskModel, Finish, RunTool, Tell, next_move
from eaa.engine.agent.reading import Reading
from eaa.engine.agent.stopping import StoppedByPerson, StopWatch
from eaa.engine.agent.tools.outside import UNSURE, is_outside
from eaa.engine.agent.tools.people import wishes_of
from eaa.engine.agent.tools.shell import Shell
from eaa.engine.agent.tools.toolset import Toolset
from eaa.engine.agent.transcript import Transcript
from eaa.engine.agent.workplace import Workplace, open_workplace

UNDONE = (
    "The command was interrupted: its process was ended from outside, and all that it had changed was undone. "
    "Run it again if you still need it."
)
NOT_MADE = "Not made: the call before it was interrupted."
DONE_BY_HAND = "A person took the workspace over and finished the work by hand."
FRESH = "[The workspace was restored. Files that git ignores, such as caches and build results, are gone.]"


async def run_loop(job: Job, ports: AgentPorts) -> Outcome:
    """Work on a job until it ends, from wherever it stands.

    Raises:
        RunFenced: Another process has taken the run over. Nothing more was written.
        SandboxUnavailable: The machine cannot run commands. The transcript stays; the loop can be called again.
        DiskFull: Likewise.
    """
    transcript = await Transcript.open(job.run, job.context, desk=ports.desk)
    if not await _begin(transcript, job, await ports.steering.said()):
        return _outcome(transcript.reading)
    start, tree = transcript.reading.begun().start, transcript.reading.tree or transcript.reading.begun().start
    async with (
        StopWatch(ports.steering) as stop,
        open_workplace(job.repository, start=start, tree=tree, run_id=job.run.id, tools=ports.tools) as place,
    ):
        toolset = _toolset(job, ports, place)
        while not await _is_over(transcript, toolset, place, stop, job, ports):
            pass
    return _outcome(transcript.reading)


async def _begin(transcript: Transcript, job: Job, said: tuple[Told, ...]) -> bool:
    """Write how the conversation begins or goes on; return whether there is anything to do.

    An ended one goes on when the run or a person says something new.
    """
    reading = transcript.reading
    if reading.opened is None:
        await transcript.append(job.opened, *job.told, *_new(said, reading, job))
        return True
    told = _new((*job.told, *said), reading, job)
    if isinstance(reading.last, Ended) and not told:
        return False
    # Whoever looked at files before is told that some are gone.
    resumed = Resumed(FRESH if reading.has_run_commands else "", versions=job.opened.versions)
    await transcript.append(resumed, *_interrupted(reading), *told, *_ended_by_hand(told))
    return not isinstance(reading.last, Ended)


async def _is_over(
    transcript: Transcript, toolset: Toolset, place: Workplace, stop: StopWatch, job: Job, ports: AgentPorts
) -> bool:
    """Make one move; return whether it was the last."""
    reading = transcript.reading
    said = _new(await ports.steering.said(), reading, job)
    if said:
        await transcript.append(*said, *_ended_by_hand(said))
        if any(one.by_hand is not None for one in said):
            await place.restore(reading.tree or place.tree)
        if isinstance(reading.last, Ended):
            return True
    move = next_move(reading, job.limits, now=ports.desk.clock.now())
    try:
        match move:
            case Finish(ended):
                await transcript.append(ended)
                return True
            case Tell(told):
                await transcript.append(told)
            case AskModel():
                came = await stop.guard(ask_model(reading, job, ports))
                await transcript.append(came)
                return isinstance(came, Ended)
            case RunTool(completion, index):
                call = completion.tool_calls[index]
                if toolset.must_be_noted(call):
                    await transcript.append(ToolStarted(index, call.id, call.name))
                answered = await stop.guard(toolset.answer(completion, index))
                await transcript.append(answered)
                ports.desk.progress.noted(_line(answered, len(reading.noted), reading.usage.used()))
            case _:
                assert_never(move)
    except StoppedByPerson:
        await transcript.append(Ended(EndReason.STOPPED, "a person stopped it"))
        return True
    return False


def _toolset(job: Job, ports: AgentPorts, place: Workplace) -> Toolset:
    shell = Shell(ports.sandbox, ports.tools.toolchain, job.environment, job.project, place.workspace.root)
    specs, outside = job.opened.tools, ports.outside
    return Toolset(place, shell, ports.schemas, ports.desk.blobs, job.allowed, specs=specs, outside=outside)


def _new(told: tuple[Told, ...], reading: Reading, job: Job) -> tuple[Told, ...]:
    """Return the words for this conversation that do not stand in the transcript yet, by their keys."""
    if not all(one.key for one in told):
        raise ValueError("words from outside of the loop need a key, so that they are said once")
    meant = (one for one in told if one.by_hand is None or one.by_hand.context == job.context)
    return tuple(one for one in meant if one.key not in reading.keys)


def _ended_by_hand(told: tuple[Told, ...]) -> tuple[Ended, ...]:
    """Return the end of a conversation whose work a person has finished."""
    is_done = any(one.by_hand is not None and one.by_hand.is_done for one in told)
    return (Ended(EndReason.SUBMITTED, DONE_BY_HAND),) if is_done else ()


def _interrupted(reading: Reading) -> tuple[Interrupted, ...]:
    """Return the answers to a call whose end nobody saw, and to those that would have followed it."""
    begun = [entry.index for entry in reading.since if isinstance(entry, ToolStarted)]
    answered = reading.answered
    lost = [index for index in begun if index not in answered]
    if reading.reply is None or not lost:
        return ()
    calls = tuple(enumerate(reading.reply.completion.tool_calls))
    return tuple(
        Interrupted(index, call.id, call.name, _lost(call.name) if index in lost else NOT_MADE)
        for index, call in calls
        if index >= lost[0] and index not in answered
    )


def _lost(tool: str) -> str:
    return UNSURE if is_outside(tool) else UNDONE


def _outcome(reading: Reading) -> Outcome:
    ended, start = reading.last, reading.begun().start
    assert isinstance(ended, Ended)
    return Outcome(
        ended=ended,
        start=start,
        tree=reading.tree or start,
        used=reading.usage.used(),
        model=next((one.entry.model for one in reversed(reading.noted) if isinstance(one.entry, Replied)), ""),
        wishes=wishes_of([one.entry for one in reading.noted]),
        by_hand=_by_hand(reading),
    )


def _by_hand(reading: Reading) -> tuple[str, ...]:
    told = [one.entry for one in reading.noted if isinstance(one.entry, Told) and one.entry.by_hand is not None]
    return tuple(sorted({path for one in told if one.by_hand is not None for path in one.by_hand.paths}))


def _line(answered: ToolEnded, number: int, used: Used) -> str:
    """Return a line for whoever watches: no word of the model's or of a file's."""
    how = "" if answered.exit_code is None else f", exit code {answered.exit_code}"
    refused = ", refused" if answered.is_error and answered.exit_code is None else ""
    is_priced = used.cost_microusd > 0
    cost = f"{used.cost_microusd / 1_000_000:.4f} USD" if is_priced else f"{used.tokens.total_tokens:,} tokens"
    return f"{number} {answered.tool}{how}{refused} · {cost} so far"
