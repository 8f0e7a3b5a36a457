"""`eaa task diff`: the change of a run, as git shows it."""

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_text
from eaa.cli.progress import QuietProgress
from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.ids import CommitId
from eaa.domain.repository import Repository
from eaa.domain.run import Run
from eaa.engine.intake import order_of
from eaa.engine.tasks import find_run
from eaa.ports.repositories import Repositories
from eaa.settings import load_settings
from eaa.wiring.records import open_records
from eaa.wiring.repositories import repositories_of

_LIMIT_BYTES = 5_000_000


async def show_diff(name: str, *, is_json: bool) -> int:
    """Print what a run has changed, from its base to its head.

    Raises:
        InvalidRequest: The run has made no change.
        RevisionNotFound: The change is neither in the mirror nor in the repository any more.
        RepositoryUnusable: The repository cannot be read any more.
    """
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.show_diff(name, is_json=is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records:
        run = await find_run(name, desk=records.desk)
        async with records.desk.store.begin() as session:
            order = await order_of(session, run.id)
        base, head = _ends(run, order.base)
        repositories = repositories_of(settings, desk=records.desk)
        repository = await _with(head, order.repository, repositories)
        text = await repositories.diff_text(repository, base, head, limit_bytes=_LIMIT_BYTES)
        changed = await repositories.diff(repository, base, head) if is_json else ()
    if is_json:
        print_json(
            {"run": run.id, "base": base, "head": head, "paths": sorted({one.path for one in changed}), "diff": text}
        )
    else:
        print_text(text)
    return ExitCode.DONE


def _ends(run: Run, base: CommitId) -> tuple[CommitId, CommitId]:
    if run.head_commit is None:
        raise InvalidRequest(
            f"run {run.id} has made no change ({run.state})", hint=f"`eaa task show {run.id}` says how it stands."
        )
    return run.base_commit or base, run.head_commit


async def _with(head: CommitId, repository: Repository, repositories: Repositories) -> Repository:
    """Return the repository with a commit in its mirror; the mirror may have been cleaned away since."""
    try:
        await repositories.resolve(repository, head)
    except EaaError:
        fresh = await repositories.open(repository.source)
        await repositories.resolve(fresh, head)
        return fresh
    return repository
