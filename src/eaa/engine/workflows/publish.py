"""The one write to the outside that a change makes: its branch."""

from eaa.domain.artefact import Change
from eaa.domain.effect import EffectKind
from eaa.domain.repository import Repository
from eaa.domain.run import Run
from eaa.engine.effects import Write, perform
from eaa.engine.journal import Desk
from eaa.engine.tools import Tools


async def publish_branch(change: Change, *, repository: Repository, run: Run, desk: Desk, tools: Tools) -> str:
    """Create the change's branch in the source, once, and return its name.

    Raises:
        BranchTaken: The name is in use for something else; it is never moved.
    """

    async def find() -> str | None:
        there = await tools.repositories.published(repository, change.branch)
        return change.head if there == change.head else None

    async def act() -> str:
        await tools.repositories.publish(repository, change.head, change.branch)
        return change.head

    write = Write(
        kind=EffectKind.PUBLISH_BRANCH,
        target=repository.source,
        marker=change.branch,
        payload=change.head.encode(),
        find=find,
        act=act,
    )
    await perform(write, run=run, desk=desk)
    return change.branch
