"""The project's own quality gate around a repair."""

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from eaa.domain.artefact import QualityFinding
from eaa.domain.environment import Environment
from eaa.domain.project import Finding, Project, QualityTool
from eaa.domain.repository import FileChange
from eaa.domain.workspace import Workspace
from eaa.engine.tools import Tools
from eaa.roles.sd.quality import hold_quality
from tests.support.role_world import NotedRepositories, RoleWorld
from tests.support.tiny_world import TinyToolchain, TinyWorkspaces

TOOL = QualityTool("spaces", Finding("spaces", "pyproject.toml"))
TIDY = {"a.py": "one = 1\n"}
UNTIDY = {"a.py": "one  =  1\n"}


class SpacesToolchain(TinyToolchain):
    """Its formatter wants single spaces; its linter complains about each line that says `bad`."""

    def __init__(self, workspaces: TinyWorkspaces, repositories: NotedRepositories) -> None:
        super().__init__(workspaces, repositories)
        self._folders = workspaces

    @override
    async def format_files(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[FileChange, ...]:
        files = self._folders.folders[workspace.root]
        return tuple(FileChange(path, files[path].replace(b"  ", b" ")) for path in paths if b"  " in files[path])

    @override
    async def complaints(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[QualityFinding, ...]:
        files = self._folders.folders[workspace.root]
        return tuple(
            QualityFinding("spaces", path, number, "bad")
            for path in paths
            for number, line in enumerate(files[path].splitlines(), 1)
            if b"bad" in line
        )


def spaces_tools(world: RoleWorld) -> Tools:
    """Return tools with the formatter."""
    workspaces = TinyWorkspaces(world.repositories)
    toolchain = SpacesToolchain(workspaces, world.repositories)
    return replace(world.tools(), workspaces=workspaces, toolchain=toolchain)


async def hold(files: dict[str, str], text: str, *tools: QualityTool) -> tuple[bytes | None, int]:
    """Return the content after the gate, and how many complaints are new."""
    world = RoleWorld()
    brief = await world.brief(files, "Fix it", quality_tools=tools)
    changes, findings = await hold_quality(brief, spaces_tools(world), brief.base, [FileChange("a.py", text.encode())])
    return changes[0].content, len(findings)


async def test_a_file_that_was_formatted_stays_formatted() -> None:
    assert await hold(TIDY, "one  =  2\n", TOOL) == (b"one = 2\n", 0)


async def test_a_file_that_was_not_formatted_is_left_as_its_authors_had_it() -> None:
    assert await hold(UNTIDY, "one  =  2\n", TOOL) == (b"one  =  2\n", 0)


async def test_only_new_complaints_count() -> None:
    assert await hold({"a.py": "bad = 1\n"}, "x = 0\nbad = 1\n", TOOL) == (b"x = 0\nbad = 1\n", 0)
    assert await hold({"a.py": "bad = 1\n"}, "bad = 1\nbad = 2\n", TOOL) == (b"bad = 1\nbad = 2\n", 1)


async def test_a_project_without_such_tools_is_not_held_to_any() -> None:
    assert await hold(TIDY, "one  =  2\nbad = 1\n") == (b"one  =  2\nbad = 1\n", 0)
