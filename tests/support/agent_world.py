"""An agent loop over memory: a scripted model behind the real orchestrator, and commands that are Python functions."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from typing_extensions import override

import eaa.engine.llm
from eaa.adapters.files.prompts import FolderPrompts
from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.models import ScriptedAnswer, ScriptedModels, ScriptedRule
from eaa.adapters.memory.steering import MemorySteering
from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.domain.command import Command, CommandEnd, CommandResult, Output
from eaa.domain.completion import (
    Completion,
    CompletionRequest,
    Speaker,
    StopReason,
    Text,
    TokenUsage,
    ToolCall,
    ToolResult,
)
from eaa.domain.ids import CommitId
from eaa.domain.model_errors import ModelFault
from eaa.domain.origin import Origin
from eaa.domain.role import RoleName
from eaa.domain.run import Run, RunState
from eaa.domain.transcript import Entry, Noted, Opened, Told, TranscriptRow
from eaa.engine.agent.desk import AgentDesk
from eaa.engine.agent.job import AgentPorts, Job, Outcome
from eaa.engine.agent.limits import Limits
from eaa.engine.agent.tools.outside import allowed_with, tools_with
from eaa.engine.agent.tools.specs import ALL_TOOLS
from eaa.engine.agent.transcript import read_transcript
from eaa.engine.journal import Desk
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.loop import UNDONE, run_loop
from eaa.engine.tools import Tools
from eaa.ports.outside_tools import OutsideTools
from eaa.ports.sandbox import Sandbox
from eaa.ports.store import Session, Store
from eaa.ports.transcripts import Transcripts
from tests.makers import make_run
from tests.support.flow_world import make_desk
from tests.support.llm_world import make_world
from tests.support.role_world import ListedFixer
from tests.support.tiny_world import (
    ENVIRONMENT,
    REPOSITORY,
    Files,
    TinyRepositories,
    TinyToolchain,
    TinyWorkspaces,
    tiny_project,
)

Folder = dict[str, bytes]
Program = Callable[[Folder], tuple[int, str]]
"""What a command does to a folder: its exit code and what it prints."""
USAGE = TokenUsage(input_tokens=1_000, output_tokens=50)
PROMPTS = FolderPrompts(own=Path("/nonexistent"), shipped=(Path(eaa.engine.llm.__file__).parent / "prompt_files",))
COST_MICROUSD = 1_200
"""Of one scripted answer at the prices of the scripted model."""


def call(tool: str, index: int = 0, /, **arguments: Any) -> ToolCall:
    """Make a call of a tool."""
    return ToolCall(f"call-{index}", tool, json.dumps(arguments))


def says(*parts: ToolCall | str, stop: StopReason | None = None, usage: TokenUsage | None = USAGE) -> Completion:
    """Make an answer of the model: words and calls."""
    made = tuple(Text(part) if isinstance(part, str) else part for part in parts)
    has_calls = any(isinstance(part, ToolCall) for part in made)
    return Completion(made, stop or (StopReason.TOOL_CALLS if has_calls else StopReason.END), usage)


def shell(command: str) -> Completion:
    """Make an answer that runs a command."""
    return says(f"I run {command}.", call("shell", command=command))


def submits(summary: str = "Done.") -> Completion:
    """Make the answer that ends the work."""
    return says(call("submit", summary=summary))


def results_in(request: CompletionRequest) -> list[ToolResult]:
    """Return the tools' answers that a prompt holds, oldest first."""
    return [part for message in request.messages for part in message.parts if isinstance(part, ToolResult)]


def position(request: CompletionRequest) -> int:
    """Return how many answers stand in a prompt that were not undone by an interruption."""
    answers = sum(message.speaker is Speaker.ASSISTANT for message in request.messages)
    return answers - sum(result.text == UNDONE for result in results_in(request))


def scripted_by_position(script: Sequence[Completion]) -> ScriptedModels:
    """Make a model that gives the n-th answer to a prompt with n answers, so that an undone one is given again."""

    def at(number: int) -> Callable[[CompletionRequest], bool]:
        return lambda request: position(request) == number

    models = ScriptedModels()
    models.rules = [ScriptedRule(answer, times=None, holds=at(number)) for number, answer in enumerate(script)]
    return models


class FunctionSandbox(Sandbox):
    """Runs programs that are Python functions over a folder in memory, and remembers what it ran."""

    def __init__(self, workspaces: TinyWorkspaces, programs: Mapping[str, Program]) -> None:
        self._workspaces = workspaces
        self._programs = programs
        self.ran: list[str] = []

    @property
    @override
    def kind(self) -> str:
        return "none"

    @override
    async def run(self, command: Command, *, root: Path) -> CommandResult:
        name = command.argv[-1]
        self.ran.append(name)
        program = self._programs.get(name)
        code, printed = (127, f"{name}: not found") if program is None else program(self._workspaces.folders[root])
        return CommandResult(CommandEnd.EXITED, code, Output(printed.encode()), Output(b""), duration_s=0.1)


@dataclass(slots=True)
class AgentWorld:
    """What outlives a process, and a process over it. `revived()` is the next one."""

    files: Files
    models: ScriptedModels
    programs: Mapping[str, Program] = field(default_factory=dict)
    repositories: TinyRepositories = field(default_factory=TinyRepositories)
    desk: Desk = field(default_factory=make_desk)
    steering: MemorySteering = field(default_factory=MemorySteering)
    outside: OutsideTools | None = None
    run: Run = field(default_factory=lambda: make_run(state=RunState.RUNNING))
    sandbox: FunctionSandbox = field(init=False)
    workspaces: TinyWorkspaces = field(init=False)

    def __post_init__(self) -> None:
        self.workspaces = TinyWorkspaces(self.repositories)
        self.sandbox = FunctionSandbox(self.workspaces, self.programs)

    async def revived(self, desk: Desk | None = None) -> "AgentWorld":
        """Return the process that takes the run over, with a workspace folder and a sandbox of its own."""
        kept = desk or self.desk
        async with kept.store.begin() as session:
            run = await session.runs.take_over(self.run.id, owner_slot="cli-1")
        return replace(self, desk=kept, run=run)

    def start(self) -> CommitId:
        """Return the commit of the files."""
        return self.repositories.add(self.files)

    def opened(self) -> Opened:
        """Return how the conversation begins."""
        return Opened(
            system="You are a scripted engineer.",
            brief="# Request\n> Make it work.\n",
            instruction="Write the change.",
            tools=tools_with(self.outside),
            start=self.start(),
            prompt_sha256="0" * 64,
            versions=(("eaa", "test"),),
        )

    def job(
        self, *, told: tuple[Told, ...] = (), limits: Limits | None = None, allowed: frozenset[str] = ALL_TOOLS
    ) -> Job:
        """Return the job."""
        return Job(
            run=self.run,
            context="author",
            role=RoleName.SD,
            repository=REPOSITORY,
            environment=ENVIRONMENT,
            project=tiny_project(self.files),
            opened=self.opened(),
            told=told,
            allowed=allowed_with(allowed, self.outside, origin=Origin.MEMBER),
            limits=limits or Limits(),
        )

    def ports(self) -> AgentPorts:
        """Return the ports of this process."""
        llm = make_world({"scripted": [ModelFault("never asked")]}, patience_s=0.0)
        desk = replace(llm.desk, models=self.models)
        tools = Tools(
            repositories=self.repositories,
            workspaces=self.workspaces,
            toolchain=TinyToolchain(self.workspaces, self.repositories),
            fixer=ListedFixer(),
            clock=self.desk.clock,
            progress=self.desk.progress,
        )
        return AgentPorts(
            desk=self.desk,
            tools=tools,
            sandbox=self.sandbox,
            schemas=JsonSchemas(),
            orchestrator=LocalOrchestrator(desk, KeptAnswers(MemoryAnswerCache(), desk.clock)),
            steering=self.steering,
            outside=self.outside,
        )

    def agents(self) -> AgentDesk:
        """Return what this process's roles work with."""
        ports = self.ports()
        return AgentDesk(
            desk=self.desk,
            sandbox=self.sandbox,
            schemas=ports.schemas,
            orchestrator=ports.orchestrator,
            prompts=PROMPTS,
            steering_of=lambda _: self.steering,
            outside=self.outside,
        )

    async def work(self, job: Job | None = None) -> Outcome:
        """Run the loop in this process."""
        async with self.desk.store.begin() as session:
            await session.runs.add(self.run)
        return await run_loop(job or self.job(), self.ports())

    async def noted(self) -> tuple[Noted, ...]:
        """Return the transcript as it is stored."""
        return await read_transcript(self.run.id, "author", store=self.desk.store, blobs=self.desk.blobs)

    async def entries(self) -> list[Entry]:
        """Return the transcript's entries as they are stored."""
        return [one.entry for one in await self.noted()]

    def tree(self, commit: CommitId) -> dict[str, str]:
        """Return a commit's files."""
        return {path: content.decode() for path, content in self.repositories.trees[commit].items()}

    def prompts(self) -> list[CompletionRequest]:
        """Return what the model was asked, oldest first."""
        return [request for request, _ in self.models.calls]


def world(
    *answers: ScriptedAnswer, files: Files | None = None, programs: Mapping[str, Program] | None = None
) -> AgentWorld:
    """Make a world whose model says these answers one after the other."""
    return AgentWorld(files or {"a.py": "x = 1\n"}, ScriptedModels(*answers), programs or {})


class Killed(BaseException):
    """The process was killed here."""


class MortalStore(Store):
    """Dies before or after the n-th entry of a transcript is written."""

    def __init__(self, inner: Store, *, at: int, is_written: bool) -> None:
        self._inner = inner
        self.left = at
        self._is_written = is_written

    @override
    def begin(self) -> AbstractAsyncContextManager[Session]:
        return self._transaction()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Session]:
        left = self.left
        async with self._inner.begin() as session:
            yield _MortalSession(session, self)
            if self.left <= 0 < left and not self._is_written:
                raise Killed
        if self.left <= 0 < left:
            raise Killed


class _MortalSession:
    """A session whose transcripts are counted."""

    def __init__(self, inner: Session, store: MortalStore) -> None:
        self._inner = inner
        self.transcripts = _MortalTranscripts(inner.transcripts, store)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _MortalTranscripts(Transcripts):
    def __init__(self, inner: Transcripts, store: MortalStore) -> None:
        self._inner = inner
        self._store = store

    @override
    async def append(self, row: TranscriptRow) -> None:
        await self._inner.append(row)
        self._store.left -= 1

    @override
    async def of(self, run_id: Any, context: str) -> tuple[TranscriptRow, ...]:
        return await self._inner.of(run_id, context)

    @override
    async def contexts(self, run_id: Any) -> tuple[str, ...]:
        return await self._inner.contexts(run_id)
