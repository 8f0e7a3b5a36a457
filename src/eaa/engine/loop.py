"""The agent loop: a model answers, its calls are answered, until one of them ends the work.

Everything that happens is an entry of the transcript, durable before the next thing happens. What comes next
(`agent/moves.py`) and what the model is sent (`agent/history.py`) are read off the transcript alone, so that a process
that was killed at any moment and one that was not go on alike. The workspace is kept as a commit after every tool that
may have written; a new process restores the last one, and a command whose end nobody saw counts as undone.
"""

from typing import assert_never

from eaa.domain.ids import CommitId
from eaa.domain.transcript import (
    Ended,
    EndReason,
    Entry,
    Interrupted,
    Opened,
    Resumed,
    Told,
    ToolEnded,
    ToolStarted,
)
from eaa.engine.agent.asking import ask_model
from eaa.engine.agent.job import AgentPorts, Job, Outcome
from eaa.engine.agent.limits import used
from eaa.engine.agent.moves import AskModel, Finish, RunTool, Tell, last_reply, next_move
from eaa.engine.agent.stopping import StoppedByPerson, StopWatch
from eaa.engine.agent.tools.people import wishes_of
from eaa.engine.agent.tools.shell import Shell
from eaa.engine.agent.tools.toolset import Toolset
from eaa.engine.agent.transcript import Transcript
from eaa.engine.agent.workplace import Workplace, open_workplace

UNDONE = (
    "The command was interrupted: its process was ended from outside, and all that it had changed was undone. "
    "Run it again if you still need it."
)
FRESH = "[The workspace was restored. Files that git ignores, such as caches and build results, are gone.]"


async def run_loop(job: Job, ports: AgentPorts) -> Outcome:
    """Work on a job until it ends, from wherever it stands.

    Raises:
        RunFenced: Another process has taken the run over. Nothing more was written.
        SandboxUnavailable: The machine cannot run commands. The transcript stays; the loop can be called again.
        DiskFull: Likewise.
    """
    transcript = await Transcript.open(job.run, job.context, desk=ports.desk)
    if not await _begin(transcript, job, ports):
        return _outcome(transcript)
    opened, tree = _opened(transcript.entries), _tree(transcript.entries)
    tools = ports.tools
    async with (
        StopWatch(ports.steering) as stop,
        open_workplace(job.repository, start=opened.start, tree=tree, run_id=job.run.id, tools=tools) as place,
    ):
        toolset = _toolset(job, ports, place)
        while not await _is_over(transcript, toolset, stop, job, ports):
            pass
    return _outcome(transcript)


async def _begin(transcript: Transcript, job: Job, ports: AgentPorts) -> bool:
    """Write how the conversation begins or goes on; return whether there is anything to do."""
    entries = transcript.entries
    if not entries:
        await transcript.append(job.opened, *job.told)
        return True
    told = _new(job.told, entries)
    last = entries[-1]
    if isinstance(last, Ended):
        # An answer, or advice for one that was stuck, continues the work; work that was handed in stays so.
        if last.why is not EndReason.SUBMITTED:
            told += _new(await ports.steering.said(), entries)
        if not told:
            return False
    # Whoever looked at files before is told that some are gone.
    has_worked = any(isinstance(entry, ToolStarted) for entry in entries)
    resumed = Resumed(FRESH if has_worked else "", versions=job.opened.versions)
    await transcript.append(resumed, *_interrupted(entries), *told)
    return True


async def _is_over(transcript: Transcript, toolset: Toolset, stop: StopWatch, job: Job, ports: AgentPorts) -> bool:
    """Make one move; return whether it was the last."""
    said = _new(await ports.steering.said(), transcript.entries)
    if said:
        await transcript.append(*said)
    move = next_move(transcript.noted, job.limits, now=ports.desk.clock.now())
    try:
        match move:
            case Finish(ended):
                await transcript.append(ended)
                return True
            case Tell(told):
                await transcript.append(told)
            case AskModel():
                came = await stop.guard(ask_model(transcript.noted, job, ports))
                await transcript.append(came)
                return isinstance(came, Ended)
            case RunTool(completion, index):
                call = completion.tool_calls[index]
                if toolset.must_be_noted(call):
                    await transcript.append(ToolStarted(index, call.id, call.name))
                answered = await stop.guard(toolset.answer(completion, index))
                await transcript.append(answered)
                ports.desk.progress.noted(_line(answered, len(transcript.noted)))
            case _:
                assert_never(move)
    except StoppedByPerson:
        await transcript.append(Ended(EndReason.STOPPED, "a person stopped it"))
        return True
    return False


def _toolset(job: Job, ports: AgentPorts, place: Workplace) -> Toolset:
    shell = Shell(ports.sandbox, ports.tools.toolchain, job.environment, job.project, place.workspace.root)
    return Toolset(place, shell, ports.schemas, ports.desk.blobs, job.allowed)


def _new(told: tuple[Told, ...], entries: tuple[Entry, ...]) -> tuple[Told, ...]:
    """Return the words that do not stand in the transcript yet, by their keys."""
    if not all(one.key for one in told):
        raise ValueError("words from outside of the loop need a key, so that they are said once")
    known = {entry.key for entry in entries if isinstance(entry, Told)}
    return tuple(one for one in told if one.key not in known)


def _interrupted(entries: tuple[Entry, ...]) -> tuple[Interrupted, ...]:
    """Return the answers to calls that were begun and whose end nobody saw."""
    _, since = last_reply(entries)
    answered = {entry.index for entry in since if isinstance(entry, ToolEnded | Interrupted)}
    begun = {entry.index: entry for entry in since if isinstance(entry, ToolStarted)}
    return tuple(
        Interrupted(index, started.call_id, started.tool, UNDONE)
        for index, started in begun.items()
        if index not in answered
    )


def _opened(entries: tuple[Entry, ...]) -> Opened:
    return next(entry for entry in entries if isinstance(entry, Opened))


def _tree(entries: tuple[Entry, ...]) -> CommitId:
    """Return what the workspace was stored as last."""
    trees = (entry.tree for entry in reversed(entries) if isinstance(entry, ToolEnded))
    return next((tree for tree in trees if tree is not None), _opened(entries).start)


def _outcome(transcript: Transcript) -> Outcome:
    entries = transcript.entries
    ended = entries[-1]
    assert isinstance(ended, Ended)
    return Outcome(
        ended=ended,
        start=_opened(entries).start,
        tree=_tree(entries),
        used=used(transcript.noted),
        wishes=wishes_of(entries),
    )


def _line(answered: ToolEnded, number: int) -> str:
    """Return a line for whoever watches: no word of the model's or of a file's."""
    how = "" if answered.exit_code is None else f", exit code {answered.exit_code}"
    return f"{number} {answered.tool}{how}{', refused' if answered.is_error and answered.exit_code is None else ''}"
