"""A person takes a run's workspace over, works in it by hand, and gives it back.

What the person made crosses the border as a diff like every other one, is stored as the run's tree, and is told to the
model in the next turn of its conversation. The records come last: whoever dies before them can do the same again.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eaa.domain.directive import TEXT_LIMIT_CHARACTERS, Directive, DirectiveKind, taking_of
from eaa.domain.errors import InvalidRequest
from eaa.domain.event_data import WorkspaceHandedBack, WorkspaceTaken
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange, Repository
from eaa.domain.run import Run, RunState
from eaa.domain.taking import WORKSPACE_CONTEXTS, HandedBack, Taken
from eaa.domain.task import origin_of_run
from eaa.domain.transcript import Ended, EndReason
from eaa.domain.workspace import Workspace
from eaa.engine.agent.reading import Reading
from eaa.engine.agent.transcript import read_transcript
from eaa.engine.agent.workplace import changes_between
from eaa.engine.codec import decode, encode
from eaa.engine.directives import add_directive, refuse_taken
from eaa.engine.journal import Desk, event_of_run
from eaa.engine.tools import Tools
from eaa.kit.bounded import bound_text
from eaa.ports.store import Session

_DIFF_CHARACTERS = (8_000, 4_000, 1_000, 100)
"""Of the difference; less where its characters need more room in JSON."""
_NOTE_CHARACTERS = 1_500
_MOST_PATHS, _PATH_CHARACTERS = 30, 120
_MESSAGE = "wip: what a person made of the workspace\n"
_TOLD = "A person took the workspace over and gives it back. "
_GO_ON = "Your workspace holds this now. Go on from there; do not undo it without a reason that you can show."


@dataclass(frozen=True, slots=True)
class _Conversation:
    """The conversation whose workspace a run works in."""

    context: str
    start: CommitId
    tree: CommitId


async def take(run: Run, folder: Path, *, who: str, repository: Repository, desk: Desk, tools: Tools) -> Taken:
    """Lay a waiting run's workspace out in a new folder, and write down that a person has it.

    Args:
        run: It works no more: it waits, was paused, or has failed.
        folder: A new or an empty one.
        who: The person, in a few words.
        repository: The run's.
        desk: Where runs are kept.
        tools: The mirrors and workspaces.

    Raises:
        WorkspaceTaken: A person has it already. Nothing is laid out.
        InvalidRequest: The run is over or works, no conversation of it is open, or the folder is not empty.
        DiskFull: There is no room.
    """
    async with desk.store.begin() as session:
        refuse_taken(run.id, await session.directives.of_run(run.id))
    _refuse_working(run)
    open_one = await _open_conversation(run, desk=desk)
    workspace = await tools.workspaces.lay_out(repository, open_one.start, folder)
    changes = await changes_between(repository, open_one.start, open_one.tree, tools=tools)
    if changes:
        await tools.workspaces.write(workspace, changes)
    taken = Taken(who, str(workspace.root), open_one.context, open_one.start, open_one.tree)
    async with desk.store.begin() as session:
        held = await _held(session, run)
        refuse_taken(run.id, await session.directives.of_run(run.id))
        _refuse_working(held)
        await add_directive(session, held, DirectiveKind.TAKE, encode(taken).decode(), desk=desk)
        await _tell(session, held, "workspace.taken", WorkspaceTaken(who, taken.tree), desk=desk)
    return taken


async def hand_back(
    run: Run,
    folder: Path | None,
    *,
    who: str,
    note: str,
    is_done: bool,
    repository: Repository,
    desk: Desk,
    tools: Tools,
) -> HandedBack:
    """Take what a person made of a workspace as the run's, and let the run be gone on with.

    Args:
        run: Whose workspace it is.
        folder: Where it lies now; None leaves the workspace as it was when it was taken.
        who: The person.
        note: Words for the model, at most some thousand characters of them.
        is_done: Whether the work is finished, so that its verification comes next.
        repository: The run's.
        desk: Where runs are kept.
        tools: The mirrors and workspaces.

    Raises:
        InvalidRequest: Nobody has the workspace, or the folder is gone.
        UnsafeTree: Something in it is not let across the border. The person still has it.
    """
    async with desk.store.begin() as session:
        taking = taking_of(directives := await session.directives.of_run(run.id))
    taken = _taken(run, directives)
    tree = taken.tree if folder is None else await _tree_of(folder, taken, run, repository, tools=tools)
    made = await changes_between(repository, taken.tree, tree, tools=tools)
    before = await tools.repositories.read_files(repository, taken.tree, [change.path for change in made])
    handed = _fitting(taken, tree, made, before, who=who, note=note, is_done=is_done)
    async with desk.store.begin() as session:
        held = await _held(session, run)
        if taking_of(await session.directives.of_run(run.id)) != taking:
            raise InvalidRequest(f"the workspace of run {run.id} was given back meanwhile")
        await add_directive(session, held, DirectiveKind.HAND_BACK, encode(handed).decode(), desk=desk)
        facts = WorkspaceHandedBack(who, tree, tuple(handed.paths), is_done)
        await _tell(session, held, "workspace.handed_back", facts, desk=desk)
    return handed


def _fitting(
    taken: Taken,
    tree: CommitId,
    made: Sequence[FileChange],
    before: dict[str, bytes],
    *,
    who: str,
    note: str,
    is_done: bool,
) -> HandedBack:
    """Return what is put down, with as much of the difference as a directive holds once it is written as JSON."""
    paths = tuple(bound_text(change.path, limit_characters=_PATH_CHARACTERS) for change in made)[:_MOST_PATHS]
    for limit in _DIFF_CHARACTERS:
        words = _words(made, before, note=note, is_done=is_done, diff_characters=limit)
        handed = HandedBack(who, taken.context, tree, words, paths, is_done=is_done)
        if len(encode(handed).decode()) <= TEXT_LIMIT_CHARACTERS:
            return handed
    raise InvalidRequest("the note cannot be kept", hint="Say it shorter, in plain letters.")


async def taken_folder(run: Run, *, desk: Desk) -> Path:
    """Return where the workspace of a run was laid out.

    Raises:
        InvalidRequest: Nobody has it.
    """
    async with desk.store.begin() as session:
        return Path(_taken(run, await session.directives.of_run(run.id)).folder)


def _taken(run: Run, directives: Sequence[Directive]) -> Taken:
    taking = taking_of(directives)
    if taking is None:
        raise InvalidRequest(f"nobody has the workspace of run {run.id}", hint=f"Take it: `eaa task take {run.id}`.")
    return decode(taking.text.encode(), Taken)


async def _tree_of(folder: Path, taken: Taken, run: Run, repository: Repository, *, tools: Tools) -> CommitId:
    if not (folder / ".git").exists():
        raise InvalidRequest(
            f"{folder} holds no workspace", hint="Name its folder with `--from`, or give it back with `--unchanged`."
        )
    changes = await tools.workspaces.changes(Workspace(folder, repository, taken.start))
    if not changes:
        return taken.start
    return await tools.repositories.commit(
        repository, parent=taken.start, changes=changes, message=_MESSAGE, run_id=run.id
    )


async def _open_conversation(run: Run, *, desk: Desk) -> _Conversation:
    """Return the newest conversation with a workspace that has not come to its end."""
    async with desk.store.begin() as session:
        contexts = await session.transcripts.contexts(run.id)
    open_ones = []
    for context in WORKSPACE_CONTEXTS & set(contexts):
        reading = Reading()
        for one in await read_transcript(run.id, context, store=desk.store, blobs=desk.blobs):
            reading.add(one)
        is_over = isinstance(reading.last, Ended) and reading.last.why is EndReason.SUBMITTED
        if reading.opened is not None and not is_over:
            start = reading.opened.start
            open_ones.append((reading.noted[-1].at, _Conversation(context, start, reading.tree or start)))
    if not open_ones:
        raise InvalidRequest(
            f"no model is at work in a workspace of run {run.id}, so there is none to take over",
            hint=f"What it has changed so far, if anything: `eaa task diff {run.id}`.",
        )
    return max(open_ones, key=lambda one: one[0])[1]


def _refuse_working(run: Run) -> None:
    if run.state not in (RunState.WAITING, RunState.FAILED):
        raise InvalidRequest(
            f"run {run.id} is {run.state}, so its workspace cannot be taken over",
            hint=f"`eaa pause {run.id}` lets it wait; one that is over has left its change in a branch.",
        )


async def _held(session: Session, run: Run) -> Run:
    stored = await session.runs.get(run.id)
    await session.runs.hold(run.id, generation=stored.generation)
    return stored


async def _tell(
    session: Session, run: Run, name: str, facts: WorkspaceTaken | WorkspaceHandedBack, *, desk: Desk
) -> None:
    origin = origin_of_run(await session.tasks.get(run.task_id))
    await session.events.add(event_of_run(run, origin, name, encode(facts), desk=desk))


def _words(
    made: Sequence[FileChange], before: dict[str, bytes], *, note: str, is_done: bool, diff_characters: int
) -> str:
    """Return what the model is told."""
    if made:
        changed = "\n".join(_difference(change, before.get(change.path, b"")) for change in made)
        text = f"{_TOLD}Changed by hand:\n{bound_text(changed, limit_characters=diff_characters)}\n"
    else:
        text = f"{_TOLD}Nothing was changed in it.\n"
    said = f"The person says: {bound_text(note, limit_characters=_NOTE_CHARACTERS)}\n" if note.strip() else ""
    return f"{text}{said}{'The person says that the work is done.' if is_done else _GO_ON}"


def _difference(change: FileChange, before: bytes) -> str:
    if change.content is None:
        return f"{change.path}: removed"
    old, new = (content.decode("utf-8", "replace").splitlines() for content in (before, change.content))
    return "\n".join(difflib.unified_diff(old, new, f"a/{change.path}", f"b/{change.path}", lineterm="", n=2))
