"""A whole change in memory: the team, its records, and a source that remembers what was published."""

from dataclasses import dataclass, field, replace

from typing_extensions import override

from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.code_host import MemoryCodeHosts
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.memory.progress import RecordingProgress
from eaa.adapters.memory.store import MemoryStore
from eaa.adapters.memory.workflow import WorkflowRecords, open_memory_workflows
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.ids import CommitId, RunId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.repository import Repository
from eaa.domain.run import Run, RunState
from eaa.engine.codec import decode, encode
from eaa.engine.intake import Opened, Request, open_run
from eaa.engine.journal import Desk
from eaa.engine.workflows.change import ChangeWorkflow
from eaa.engine.workflows.order import ChangeResult, Proposal
from eaa.engine.workflows.publish import Publisher
from eaa.kit.digest import sha256_hex
from eaa.ports.fixer import Fixer
from eaa.ports.roles import Roles
from eaa.roles.team import InlineRoles
from tests.makers import make_run, make_task
from tests.support.role_world import ListedFixer, NotedRepositories, RoleWorld
from tests.support.tiny_world import REPOSITORY, Files


def make_desk() -> Desk:
    """Make an empty desk whose progress is recorded."""
    return Desk(
        store=MemoryStore(), blobs=MemoryBlobs(), clock=MemoryClock(), ids=MemoryIds(), progress=RecordingProgress()
    )


async def stored_run(desk: Desk, *, origin: Origin = Origin.MEMBER) -> Run:
    """Store a running run of generation 1, and its task, and return it."""
    run = make_run(state=RunState.RUNNING)
    async with desk.store.begin() as session:
        await session.tasks.add(make_task(origin=origin))
        await session.runs.add(run)
    return run


async def fence(desk: Desk, run_id: RunId) -> None:
    """Let another process take a run over."""
    async with desk.store.begin() as session:
        await session.runs.take_over(run_id, owner_slot="cli-1")


async def event_types(desk: Desk, run_id: RunId) -> list[str]:
    """Return the types of a run's events, oldest first."""
    async with desk.store.begin() as session:
        return [event.type for event in await session.events.of_run(run_id)]


class PublishingRepositories(NotedRepositories):
    """Has a source with branches, and remembers every publishing."""

    def __init__(self) -> None:
        super().__init__()
        self.publishings: list[tuple[str, CommitId]] = []
        self.branches: dict[tuple[str, str], CommitId] = {}
        """By the place they are in and their name."""

    @override
    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        return self.branches.get((repository.source, branch))

    @override
    async def publish(self, repository: Repository, commit: CommitId, branch: str) -> None:
        self.publishings.append((branch, commit))
        self.branches[repository.source, branch] = commit


@dataclass(slots=True)
class FlowWorld:
    """What outlives a process: the source, the records and the workflows' state."""

    fixer: Fixer = field(default_factory=ListedFixer)
    repositories: PublishingRepositories = field(default_factory=PublishingRepositories)
    code_hosts: MemoryCodeHosts = field(default_factory=MemoryCodeHosts)
    desk: Desk = field(default_factory=make_desk)
    records: WorkflowRecords = field(default_factory=dict)

    def inline_roles(self) -> Roles:
        """Return the real team over this world."""
        return InlineRoles(self._team().tools())

    def flow(self, roles: Roles | None = None) -> ChangeWorkflow:
        """Return the workflow over this world, with the real team unless told otherwise."""
        return ChangeWorkflow(
            desk=self.desk,
            tools=self._team().tools(),
            roles=roles or self.inline_roles(),
            code_hosts=self.code_hosts,
        )

    def publisher(self, opened: Opened) -> Publisher:
        """Return what does the writes of a run."""
        return Publisher(
            order=opened.order,
            run=opened.run,
            desk=self.desk,
            tools=self._team().tools(),
            code_hosts=self.code_hosts,
        )

    async def open(
        self,
        files: Files,
        text: str,
        *,
        kind: Kind | None = None,
        proposal: Proposal | None = None,
        origin: Origin = Origin.MEMBER,
    ) -> Opened:
        """Open the run of a request on a commit with these files."""
        request = make_request(text, base=self.repositories.add(files), kind=kind)
        request = replace(request, proposal=proposal, origin=origin)
        return await open_run(request, owner_slot="cli-0", desk=self.desk)

    async def change(
        self,
        files: Files,
        text: str,
        *,
        kind: Kind | None = None,
        roles: Roles | None = None,
        proposal: Proposal | None = None,
        origin: Origin = Origin.MEMBER,
    ) -> ChangeResult:
        """Do a whole change and return how it ended."""
        opened = await self.open(files, text, kind=kind, proposal=proposal, origin=origin)
        async with open_memory_workflows(table={"change": self.flow(roles)}, records=self.records) as workflows:
            await workflows.start("change", run_id=opened.run.id, generation=1, argument=argument_of(opened))
            return decode(await workflows.result(opened.run.id), ChangeResult)

    def _team(self) -> RoleWorld:
        return RoleWorld(fixer=self.fixer, repositories=self.repositories)


def make_request(text: str, *, base: CommitId | None = None, kind: Kind | None = None) -> Request:
    """Make a request from the command line."""
    return Request(
        text=text,
        source="command line",
        repository=REPOSITORY,
        base=base or CommitId(sha256_hex(b"base")),
        kind=kind,
        environment=EnvironmentRequest(),
    )


def argument_of(opened: Opened) -> bytes:
    """Return what the workflow of an opened run is started with."""
    return encode(opened.order)
