"""A project in memory: commits are dictionaries, tests are plain functions that really run."""

import builtins
import random
import sys
import traceback
import unittest
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from difflib import SequenceMatcher, unified_diff
from pathlib import Path
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any

from typing_extensions import override

from eaa.domain.artefact import QualityFinding
from eaa.domain.command import Command, CommandEnd, Limits
from eaa.domain.environment import Environment, EnvironmentRequest
from eaa.domain.errors import FileNotInCommit, RevisionNotFound
from eaa.domain.ids import CommitId, EnvironmentKey, RepositoryId, RunId, TestId, TreeId
from eaa.domain.project import Finding, Project, TestSuite
from eaa.domain.repository import (
    CheckoutState,
    Commit,
    FileChange,
    FileDiff,
    FileHistory,
    FileMode,
    Repository,
    TreeEntry,
)
from eaa.domain.test_report import Outcome, ReportState, TestReport, TestResult
from eaa.domain.workspace import Workspace
from eaa.kit.digest import git_blob_hash
from eaa.ports.repositories import Repositories
from eaa.ports.toolchain import Measure, TestRun, Toolchain
from eaa.ports.workspaces import Workspaces
from tests.support.tiny_language import TinyLanguage

Files = Mapping[str, str]
FORGERY = "everything_passes = True"
"""A tree that says this anywhere has all its tests reported as passed, as a forged report would."""
REPOSITORY = Repository(id=RepositoryId("0" * 16), source="tiny", default_branch="main")
ENVIRONMENT = Environment(
    key=EnvironmentKey("e" * 64), toolchain="python", recipe="none", interpreter="python", interpreter_version="3.11.0"
)


class TinyRepositories(Repositories):
    """Commits by their content."""

    def __init__(self) -> None:
        self.trees: dict[str, dict[str, bytes]] = {}

    def add(self, files: Files) -> CommitId:
        """Store a tree and return its commit."""
        return self._store({path: content.encode() for path, content in files.items()})

    def _store(self, tree: dict[str, bytes]) -> CommitId:
        commit = CommitId(git_blob_hash(repr(sorted(tree.items())).encode()))
        self.trees[commit] = tree
        return commit

    @override
    async def inspect(self, path: Path) -> CheckoutState:
        raise NotImplementedError

    @override
    async def open(self, source: str) -> Repository:
        return REPOSITORY

    @override
    async def resolve(self, repository: Repository, revision: str) -> Commit:
        if revision not in self.trees:
            raise RevisionNotFound(revision=revision)
        return Commit(id=CommitId(revision), tree=TreeId(git_blob_hash(revision.encode())))

    @override
    async def fetch(self, repository: Repository, reference: str) -> CommitId:
        raise NotImplementedError

    @override
    async def keep(self, repository: Repository, commit: CommitId) -> None:
        """Everything is in one process."""

    @override
    async def bring_run(self, repository: Repository, run_id: RunId) -> None:
        """Everything is in one process."""

    @override
    async def is_reachable(self, repository: Repository, commit: CommitId) -> bool:
        return commit in self.trees

    @override
    async def merge_base(self, repository: Repository, one: CommitId, other: CommitId) -> CommitId:
        raise NotImplementedError

    @override
    async def list_files(self, repository: Repository, commit: CommitId) -> tuple[TreeEntry, ...]:
        return tuple(_entry(path, content) for path, content in sorted(self.trees[commit].items()))

    @override
    async def read_file(
        self, repository: Repository, commit: CommitId, path: str, *, limit_bytes: int = 5_000_000
    ) -> bytes:
        if path not in self.trees[commit]:
            raise FileNotInCommit(path=path, commit=commit)
        return self.trees[commit][path]

    @override
    async def read_files(
        self, repository: Repository, commit: CommitId, paths: Iterable[str], *, limit_bytes: int = 5_000_000
    ) -> dict[str, bytes]:
        return {path: self.trees[commit][path] for path in paths if path in self.trees[commit]}

    @override
    async def diff(self, repository: Repository, base: CommitId, head: CommitId) -> tuple[FileDiff, ...]:
        old, new = self.trees[base], self.trees[head]
        return tuple(
            _diff(path, old.get(path), new.get(path)) for path in sorted({*old, *new}) if old.get(path) != new.get(path)
        )

    @override
    async def diff_text(
        self, repository: Repository, base: CommitId, head: CommitId, *, limit_bytes: int = 200_000
    ) -> str:
        diffs = await self.diff(repository, base, head)
        old, new = self.trees[base], self.trees[head]
        return "".join(
            line
            for diff in diffs
            for line in unified_diff(
                old.get(diff.path, b"").decode().splitlines(keepends=True),
                new.get(diff.path, b"").decode().splitlines(keepends=True),
                f"a/{diff.path}",
                f"b/{diff.path}",
            )
        )[:limit_bytes]

    @override
    async def patch_id(self, repository: Repository, base: CommitId, head: CommitId) -> str:
        return git_blob_hash(f"{base} {head}".encode())

    @override
    async def commit(
        self,
        repository: Repository,
        *,
        parent: CommitId,
        changes: Sequence[FileChange],
        message: str,
        run_id: RunId,
    ) -> CommitId:
        tree = dict(self.trees[parent])
        _apply(tree, changes)
        return self._store(tree)

    @override
    async def history(
        self, repository: Repository, commit: CommitId, paths: Sequence[str], *, limit_commits: int = 500
    ) -> tuple[FileHistory, ...]:
        raise NotImplementedError

    @override
    async def published(self, repository: Repository, branch: str) -> CommitId | None:
        raise NotImplementedError

    @override
    async def publish(self, repository: Repository, commit: CommitId, branch: str) -> None:
        raise NotImplementedError


class TinyWorkspaces(Workspaces):
    """Folders in memory."""

    def __init__(self, repositories: TinyRepositories) -> None:
        self._repositories = repositories
        self._opened = 0
        self.folders: dict[Path, dict[str, bytes]] = {}

    @override
    def open(self, repository: Repository, commit: CommitId) -> AbstractAsyncContextManager[Workspace]:
        return self._open(repository, commit)

    @asynccontextmanager
    async def _open(self, repository: Repository, commit: CommitId) -> AsyncIterator[Workspace]:
        self._opened += 1
        root = Path(f"/workspace-{self._opened}")
        self.folders[root] = dict(self._repositories.trees[commit])
        yield Workspace(root=root, repository=repository, commit=commit)
        del self.folders[root]

    @override
    async def lay_out(self, repository: Repository, commit: CommitId, folder: Path) -> Workspace:
        self.folders[folder] = dict(self._repositories.trees[commit])
        return Workspace(root=folder, repository=repository, commit=commit)

    @override
    async def write(self, workspace: Workspace, changes: Sequence[FileChange]) -> None:
        _apply(self.folders[workspace.root], changes)

    @override
    async def read(self, workspace: Workspace, path: str, *, limit_bytes: int = 5_000_000) -> bytes:
        if path not in self.folders[workspace.root]:
            raise FileNotInCommit(path=path, commit=workspace.commit)
        return self.folders[workspace.root][path]

    @override
    async def changes(self, workspace: Workspace) -> tuple[FileChange, ...]:
        old, new = self._repositories.trees[workspace.commit], self.folders[workspace.root]
        return tuple(FileChange(path, new.get(path)) for path in sorted({*old, *new}) if old.get(path) != new.get(path))


class TinyToolchain(Toolchain):
    """Runs test functions in this process. Modules import each other by their file's name, and `world.tick`."""

    def __init__(self, workspaces: Workspaces, repositories: Repositories) -> None:
        self._workspaces = workspaces
        self._repositories = repositories
        self._language = TinyLanguage()
        self._ticks = 0
        self.runs: list[TestRun] = []

    @property
    @override
    def language(self) -> TinyLanguage:
        return self._language

    @override
    async def detect(self, repository: Repository, commit: CommitId) -> Project | None:
        return tiny_project([entry.path for entry in await self._repositories.list_files(repository, commit)])

    @override
    async def prepare(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Environment:
        return ENVIRONMENT

    @override
    def is_here(self, environment: Environment) -> bool:
        return True

    @override
    async def run_tests(self, run: TestRun) -> TestReport:
        self.runs.append(run)
        tree = self._files(run.workspace)
        _apply(tree, run.overlay)
        wanted = run.tests if run.tests is not None else self._all_tests(tree, run.suite)
        order = list(wanted)
        if run.order_seed:
            random.Random(run.order_seed).shuffle(order)
        executed: dict[str, set[int]] = {}
        with _traced(executed):
            results = tuple(self._run_one(tree, test) for test in order)
        covered = tuple((path, tuple(sorted(lines))) for path, lines in sorted(executed.items()))
        return TestReport(
            state=ReportState.COMPLETE,
            end=CommandEnd.EXITED,
            exit_code=0,
            results=results,
            order_seed=run.order_seed,
            output="",
            covered_lines=covered if run.measure is Measure.COVERAGE else (),
            duration_s=0.1,
        )

    def _files(self, workspace: Workspace) -> dict[str, bytes]:
        if isinstance(self._workspaces, TinyWorkspaces):
            return dict(self._workspaces.folders[workspace.root])
        files = (path for path in workspace.root.rglob("*.py") if path.is_file())
        return {path.relative_to(workspace.root).as_posix(): path.read_bytes() for path in files}

    def _all_tests(self, tree: Mapping[str, bytes], suite: TestSuite) -> tuple[TestId, ...]:
        return tuple(
            test
            for path, source in sorted(tree.items())
            if path.startswith("tests/test_")
            for test, _, _ in self._language.tests_in(path, source, suite)
        )

    def _run_one(self, tree: Mapping[str, bytes], test: TestId) -> TestResult:
        if any(FORGERY.encode() in content for content in tree.values()):
            return TestResult(test=test, outcome=Outcome.PASSED)
        path, _, name = test.partition("::")
        modules = _Modules(tree, self._tick)
        try:
            function = getattr(modules.load(path), name)
        except KeyError:
            return TestResult(test=test, outcome=Outcome.MISSING)
        except Exception as error:
            return TestResult(test=test, outcome=Outcome.BROKEN, exception=type(error).__name__)
        try:
            function()
        except unittest.SkipTest:
            return TestResult(test=test, outcome=Outcome.SKIPPED)
        except Exception as error:
            outcome = Outcome.FAILED if isinstance(error, AssertionError) else Outcome.RAISED
            message = traceback.format_exc()
            return TestResult(test=test, outcome=outcome, exception=type(error).__name__, message=message)
        return TestResult(test=test, outcome=Outcome.PASSED)

    def _tick(self) -> int:
        self._ticks += 1
        return self._ticks

    @override
    async def list_tests(self, workspace: Workspace, environment: Environment, suite: TestSuite) -> tuple[TestId, ...]:
        return self._all_tests(self._files(workspace), suite)

    @override
    def command(self, environment: Environment, project: Project, argv: Sequence[str], *, limits: Limits) -> Command:
        return Command(argv=tuple(argv), limits=limits)

    @override
    async def format_files(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[FileChange, ...]:
        return ()

    @override
    async def complaints(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[QualityFinding, ...]:
        return ()


class _Modules:
    """Imports among the files of one tree."""

    def __init__(self, tree: Mapping[str, bytes], tick: Callable[[], int]) -> None:
        self._tree = tree
        self._tick = tick
        self._loaded: dict[str, ModuleType] = {}

    def load(self, path: str) -> ModuleType:
        if path not in self._loaded:
            module = ModuleType(path)
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
            exec(compile(self._tree[path], f"tree:{path}", "exec"), module.__dict__)
            self._loaded[path] = module
        return self._loaded[path]

    def _import(self, name: str, *rest: Any) -> object:
        if name == "world":
            return SimpleNamespace(tick=self._tick)
        if f"{name}.py" in self._tree:
            return self.load(f"{name}.py")
        return builtins.__import__(name, *rest)


class _traced:  # noqa: N801  (a context manager reads like a function)
    """Notes the executed lines of the tree's files."""

    def __init__(self, executed: dict[str, set[int]]) -> None:
        self._executed = executed
        self._before: Any = None

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith("tree:"):
            return None
        if event == "line":
            self._executed.setdefault(name.removeprefix("tree:"), set()).add(frame.f_lineno)
        return self._trace


def tiny_project(paths: Iterable[str]) -> Project:
    """Return the project that files amount to: one suite in `tests`, everything else is source."""
    python = [path for path in sorted(paths) if path.endswith(".py")]
    suite = TestSuite(
        root=".",
        framework="pytest",
        command=Finding(value="pytest", path="pyproject.toml"),
        test_paths=tuple(path for path in python if path.startswith("tests/test_")),
        import_roots=(".",),
    )
    return Project(
        language="python",
        language_requirement=None,
        package_manager=None,
        runners=(),
        manifests=(),
        lock_files=(),
        dependencies=(),
        suites=(suite,),
        source_paths=tuple(path for path in python if "/" not in path and path != "conftest.py"),
        quality_tools=(),
    )


def _entry(path: str, content: bytes) -> TreeEntry:
    return TreeEntry(path=path, mode=FileMode.REGULAR, blob=git_blob_hash(content), size_bytes=len(content))


def _diff(path: str, old: bytes | None, new: bytes | None) -> FileDiff:
    before, after = (old or b"").splitlines(), (new or b"").splitlines()
    added: list[int] = []
    removed: list[int] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += range(i1 + 1, i2 + 1)
            added += range(j1 + 1, j2 + 1)
    return FileDiff(
        path=path,
        before=_entry(path, old) if old is not None else None,
        after=_entry(path, new) if new is not None else None,
        added_lines=tuple(added),
        removed_lines=tuple(removed),
    )


def _apply(tree: dict[str, bytes], changes: Sequence[FileChange]) -> None:
    for change in changes:
        if change.content is None:
            tree.pop(change.path, None)
        else:
            tree[change.path] = change.content
