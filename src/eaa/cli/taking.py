"""`eaa task take` and `eaa task hand-back`: a person works in a run's workspace by hand."""

import getpass
import socket
from dataclasses import dataclass
from pathlib import Path

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.directive import Halt
from eaa.domain.errors import InvalidRequest, RunAlive
from eaa.domain.repository import Repository
from eaa.domain.run import Run, RunState
from eaa.domain.taking import HandedBack
from eaa.engine.halting import Ending, halt_run
from eaa.engine.intake import order_of
from eaa.engine.taking import hand_back, take, taken_folder
from eaa.engine.tasks import find_run
from eaa.settings import here_only, load_settings
from eaa.wiring.records import Records, open_records
from eaa.wiring.tools import open_tools


@dataclass(frozen=True, slots=True)
class _Found:
    run: Run
    repository: Repository


async def take_workspace(name: str, *, into: Path | None, is_json: bool) -> int:
    """Lay the workspace of a run out in a folder.

    Raises:
        InvalidRequest: The folder is in use, or the run has no workspace that one could take.
        RunAlive: Its process does not let go of it.
        WorkspaceTaken: A person has it already.
    """
    settings, progress = here_only(load_settings(), "a workspace is taken and given back where it is"), QuietProgress()
    async with (
        open_records(settings, progress=progress) as records,
        open_tools(settings, progress=progress, desk=records.desk) as tools,
    ):
        found = await _find(name, records)
        run = await _paused(found.run, records)
        folder = into or Path(f"eaa-{run.id}")
        taken = await take(run, folder, who=_who(), repository=found.repository, desk=records.desk, tools=tools)
    if is_json:
        print_json({"run": run.id, "folder": taken.folder, "context": taken.context, "tree": taken.tree})
    else:
        print_line(f"run {run.id} waits; the workspace of its {taken.context} is yours: {taken.folder}")
        print_line(
            "`git diff` there shows what the model has changed so far; tests of the criteria are not yours to edit."
        )
        print_line(f'give it back: eaa task hand-back {run.id} --note "…"   (finished: --done)')
    return ExitCode.DONE


async def hand_workspace_back(
    name: str, *, folder: Path | None, note: str, is_done: bool, is_unchanged: bool, is_json: bool
) -> int:
    """Take back what a person made of a workspace.

    Raises:
        InvalidRequest: Nobody has it, its folder is gone, or `--from` and `--unchanged` were both given.
        UnsafeTree: Something in the folder is no plain file.
    """
    if folder is not None and is_unchanged:
        raise InvalidRequest("--from and --unchanged contradict each other", hint="Give one of them.")
    settings, progress = here_only(load_settings(), "a workspace is taken and given back where it is"), QuietProgress()
    async with (
        open_records(settings, progress=progress) as records,
        open_tools(settings, progress=progress, desk=records.desk) as tools,
    ):
        found = await _find(name, records)
        place = None if is_unchanged else (folder or await taken_folder(found.run, desk=records.desk))
        handed = await hand_back(
            found.run,
            None if place is None else place.absolute(),
            who=_who(),
            note=note,
            is_done=is_done,
            repository=found.repository,
            desk=records.desk,
            tools=tools,
        )
    if is_json:
        print_json({"run": found.run.id, "tree": handed.tree, "paths": list(handed.paths), "is_done": is_done})
    else:
        print_line(f"run {found.run.id} has its workspace back, changed by hand: {_changed(handed)}")
        print_line(f"go on: eaa resume {found.run.id}")
    return ExitCode.DONE


async def _find(name: str, records: Records) -> _Found:
    run = await find_run(name, desk=records.desk)
    async with records.desk.store.begin() as session:
        return _Found(run, (await order_of(session, run.id)).repository)


async def _paused(run: Run, records: Records) -> Run:
    """Return a run that does not work any more; whoever works on it is told to let it wait."""
    if run.state not in (RunState.QUEUED, RunState.RUNNING):
        return run
    halted = await halt_run(run.id, Halt.PAUSED, desk=records.desk, slots=records.slots)
    if halted.ending is Ending.UNANSWERED:
        raise RunAlive(run_id=run.id)
    return halted.run


def _changed(handed: HandedBack) -> str:
    return ", ".join(handed.paths) or "nothing"


def _who() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # A uid without a name, as containers have it.
        name = "somebody"
    return f"{name}@{socket.gethostname()}"
