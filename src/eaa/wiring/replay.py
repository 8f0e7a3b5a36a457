"""A replay: the team over memory, with real tools, and with models and people out of a record."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from eaa.adapters.git.unpublished import UnpublishedRepositories
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.code_host import MemoryCodeHosts
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.memory.store import MemoryStore
from eaa.adapters.memory.workflow import open_memory_workflows
from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.domain.recording import Recording
from eaa.domain.transcript import Opened, Replied
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.journal import Desk
from eaa.engine.redaction import Redactor
from eaa.engine.replay.answers import RecordedAnswers
from eaa.engine.replay.course import Course
from eaa.engine.replay.people import RecordedPeople
from eaa.engine.replay.replaying import ENDLESS, ReplayReport, prepare, replay
from eaa.engine.replay.sameness import Sameness
from eaa.engine.replay.steps import ReplayedWorkflow
from eaa.engine.replay.store import ComparedStore
from eaa.engine.workflows.change import ChangeWorkflow
from eaa.engine.workflows.order import CHANGE, Order
from eaa.roles.team import InlineRoles
from eaa.settings import Settings
from eaa.wiring.llm import prompt_files
from eaa.wiring.tools import Toolbox

REPLAYS = "replays"
"""Below EAA_HOME: repositories that came out of bundles."""


async def replay_recording(
    recording: Recording, order: Order, *, first: int, settings: Settings, tools: Toolbox, redactor: Redactor
) -> ReplayReport:
    """Repeat a run along its record, from a step on; nothing is written outside of EAA_HOME, and no run into it.

    Raises:
        EnvironmentMissing: The project's tests cannot be run here. (`ConsentMissing`, `SandboxUnavailable`, `DiskFull`
            likewise.)
    """
    course = Course(recording, Sameness(redactor))
    memory, blobs = MemoryStore(), MemoryBlobs()
    await prepare(course, first=first, store=memory, blobs=blobs)
    store = ComparedStore(memory, course, blobs)
    desk = Desk(store=store, blobs=blobs, clock=tools.clock, ids=MemoryIds(), progress=tools.progress)
    agents = _agents(course, desk, settings, tools) if order.has_model else None
    own = replace(tools, repositories=UnpublishedRepositories(home=settings.home), agents=agents)
    flow = ChangeWorkflow(desk=desk, tools=own, roles=InlineRoles(own), code_hosts=MemoryCodeHosts())
    async with open_memory_workflows(table={CHANGE: ReplayedWorkflow(flow, course, first)}) as workflows:
        return await replay(course, order, name=CHANGE, workflows=workflows, store=store)


def models_in(recording: Recording) -> tuple[str, ...]:
    """Return the models that answered in a run, by their names of then, sorted."""
    entries = (noted.entry for one in recording.conversations for noted in one.entries)
    return tuple(sorted({entry.model for entry in entries if isinstance(entry, Replied)}))


def folder_of(bundle_sha256: str, home: Path) -> Path:
    """Return where the repository of a bundle is laid out."""
    return home.resolve() / REPLAYS / f"{bundle_sha256[:16]}.git"


def _agents(course: Course, desk: Desk, settings: Settings, tools: Toolbox) -> AgentDesk:
    return AgentDesk(
        desk=desk,
        sandbox=tools.sandbox,
        schemas=JsonSchemas(),
        orchestrator=RecordedAnswers(course),
        prompts=prompt_files(settings),
        steering_of=lambda _: RecordedPeople(course),
        model=_asked_for(course.recording),
        limits=ENDLESS,
        versions=(("eaa", version("eaa")),),
    )


def _asked_for(recording: Recording) -> str | None:
    opened = (one.entries[0].entry for one in recording.conversations if one.entries)
    return next((entry.model for entry in opened if isinstance(entry, Opened)), None)
