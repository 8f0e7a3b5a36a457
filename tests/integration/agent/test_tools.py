"""The tools on real files in the real sandbox."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.ownership import sandbox_uid
from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.adapters.toolchains.python.toolchain import PythonToolchain
from eaa.domain.ids import RunId
from eaa.domain.repository import FileMode, Repository
from eaa.domain.transcript import ToolEnded
from eaa.engine.agent.tools.shell import Shell
from eaa.engine.agent.tools.specs import ALL_TOOLS
from eaa.engine.agent.tools.toolset import Toolset
from eaa.engine.agent.workplace import Workplace, open_workplace
from eaa.engine.tools import Tools
from tests.support.agent_world import call, says
from tests.support.git_project import GitProject
from tests.support.python_world import own_environment
from tests.support.role_world import ListedFixer
from tests.support.sandbox import require_bubblewrap
from tests.support.tiny_world import tiny_project

pytestmark = pytest.mark.sandbox
FILES: dict[str, bytes | str] = {
    "a.py": "x = 1\n",
    "run.sh": "#!/bin/sh\necho one\n",
    "dos.txt": b"one\r\ntwo\r\nthree\r\n",
    "latin.txt": b"caf\xe9\n",
    "image.bin": b"\0\1\2",
    "sub/deep.py": "def deep():\n    return 'needle (here)'\n",
    ".gitignore": "*.log\n",
}


@dataclass
class Bench:
    """Tools over a checkout."""

    toolset: Toolset
    place: Workplace
    repositories: GitRepositories
    repository: Repository
    blobs: MemoryBlobs

    async def call(self, tool: str, **arguments: Any) -> ToolEnded:
        """Call a tool."""
        return await self.toolset.answer(says(call(tool, **arguments)), 0)

    async def shell(self, command: str, **how: Any) -> ToolEnded:
        """Run a command."""
        return await self.call("shell", command=command, **how)

    async def stored(self, path: str) -> bytes:
        """Return a file of the last stored tree."""
        return await self.repositories.read_file(self.repository, self.place.tree, path)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    require_bubblewrap()
    project = GitProject(tmp_path / "project")
    for path, content in FILES.items():
        project.write(path, content)
    (project.folder / "run.sh").chmod(0o755)
    (project.folder / "link.py").symlink_to("a.py")
    start = project.commit()
    home = tmp_path / "home"
    repositories, workspaces = GitRepositories(home=home), GitWorkspaces(home=home, owner_uid=sandbox_uid())
    sandbox = BubblewrapSandbox()
    toolchain = PythonToolchain(
        repositories=repositories, workspaces=workspaces, sandbox=sandbox, progress=NoProgress(), home=home
    )
    tools = Tools(repositories, workspaces, toolchain, ListedFixer(), MemoryClock(), NoProgress())
    repository = await repositories.open(str(project.folder))
    commit = (await repositories.resolve(repository, start)).id
    run = RunId("run_1")
    async with open_workplace(repository, start=commit, tree=commit, run_id=run, tools=tools) as place:
        shell = Shell(sandbox, toolchain, own_environment(), tiny_project(["a.py"]), place.workspace.root)
        blobs = MemoryBlobs()
        toolset = Toolset(place, shell, JsonSchemas(), blobs, ALL_TOOLS)
        yield Bench(toolset, place, repositories, repository, blobs)


async def test_a_command_shows_both_streams_in_their_order_and_its_exit_code(bench: Bench) -> None:
    ended = await bench.shell("echo out; echo err >&2; echo out; exit 3")

    assert ended.text == "exit code 3\nout\nerr\nout"
    assert (ended.exit_code, ended.is_error, ended.tree) == (3, True, None)


async def test_a_command_has_the_projects_environment_and_no_network(bench: Bench) -> None:
    ended = await bench.shell("python -c 'import pytest; print(pytest.__name__)'; cat /etc/shadow; ls /sys/class/net")

    assert ended.text.startswith("exit code")
    assert "\npytest\n" in f"{ended.text}\n"
    assert "eth" not in ended.text
    assert "root:" not in ended.text


async def test_a_command_that_takes_too_long_is_ended_with_all_its_children(bench: Bench) -> None:
    ended = await bench.shell("sleep 300 & echo begun; sleep 300", timeout_s=1)

    assert ended.text == "no exit code: timed out after 1 s, every process was killed\nbegun"
    assert ended.exit_code is None
    assert ended.is_error


async def test_what_a_command_changes_is_stored_and_what_git_ignores_is_not(bench: Bench) -> None:
    first = await bench.shell("echo 2 >> a.py; chmod +x a.py; echo noise > build.log; rm dos.txt")
    second = await bench.shell("echo more > other.log")

    paths = {
        entry.path: entry.mode for entry in await bench.repositories.list_files(bench.repository, bench.place.tree)
    }
    assert first.tree == bench.place.tree
    assert second.tree is None
    assert paths["a.py"] is FileMode.EXECUTABLE
    assert not {"dos.txt", "build.log"} & paths.keys()


async def test_changes_taken_back_are_the_first_tree_again(bench: Bench) -> None:
    await bench.shell("echo 2 >> a.py")

    ended = await bench.shell("git checkout -q -- a.py 2>/dev/null || echo 'x = 1' > a.py")

    assert ended.tree == bench.place.workspace.commit


async def test_a_workspace_that_cannot_be_kept_says_so_until_it_is_mended(bench: Bench) -> None:
    broken = await bench.shell("mkfifo pipe; echo made")
    submitted = await bench.call("submit", summary="Done.")
    mended = await bench.shell("rm pipe")

    assert broken.is_error
    assert "made" in broken.text
    assert "cannot be kept" in broken.text
    assert submitted.ends is None
    assert submitted.is_error
    assert not mended.is_error


async def test_an_edit_keeps_line_ends_and_modes(bench: Bench) -> None:
    await bench.call("edit", path="dos.txt", old="two\nthree", new="2\n3\n4")
    await bench.call("edit", path="run.sh", old="echo one", new="echo two")

    assert await bench.stored("dos.txt") == b"one\r\n2\r\n3\r\n4\r\n"
    assert (await bench.shell("./run.sh")).text == "exit code 0\ntwo"


async def test_an_edit_that_breaks_a_file_says_so_and_is_made(bench: Bench) -> None:
    broken = await bench.call("edit", path="a.py", old="x = 1", new="x = (1")
    other = await bench.call("edit", path="a.py", old="(1", new="((1")

    assert "[a.py does not parse now: line 1: " in broken.text
    assert not broken.is_error
    assert "parse" not in other.text


async def test_an_edit_of_several_files_is_done_as_a_whole_or_not_at_all(bench: Bench) -> None:
    patch = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
    patch += "--- a/sub/deep.py\n+++ b/sub/deep.py\n@@ @@\n-nothing\n+x\n"

    ended = await bench.call("edit", patch=patch)

    assert ended.is_error
    assert (await bench.call("read", path="a.py")).text == "a.py\n     1\tx = 1"


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        ({"path": "link.py", "content": "x"}, "is a link"),
        ({"path": "latin.txt", "old": "caf", "new": "tea"}, "not UTF-8"),
        ({"path": "sub", "content": "x"}, "a folder is there"),
        ({"path": "a.py/b.py", "content": "x"}, "stands on the way"),
        ({"path": "nowhere.py", "old": "a", "new": "b"}, "no file nowhere.py"),
    ],
)
async def test_an_edit_that_cannot_be_made_says_why(bench: Bench, arguments: dict[str, str], because: str) -> None:
    ended = await bench.call("edit", **arguments)

    assert ended.is_error
    assert because in ended.text
    assert ended.tree is None


async def test_a_link_that_a_command_leads_out_is_neither_read_nor_written(bench: Bench) -> None:
    await bench.shell("ln -s /etc/passwd out; ln -s /etc etc")

    for arguments in ({"path": "out"}, {"path": "etc/passwd"}):
        assert (await bench.call("read", **arguments)).is_error
    written = await bench.call("edit", path="etc/x", content="x")
    assert written.is_error
    assert "stands on the way" in written.text


async def test_reading_shows_numbered_lines_and_refuses_what_is_no_text(bench: Bench) -> None:
    part = await bench.call("read", path="sub/deep.py", first_line=2, last_line=9)
    binary = await bench.call("read", path="image.bin")
    near = await bench.call("read", path="deep.py")

    assert part.text == "sub/deep.py, lines 2 to 2 of 2\n     2\t    return 'needle (here)'"
    assert "no text" in binary.text
    assert "sub/deep.py" in near.text


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"pattern": "need.e"}, "sub/deep.py:2:    return 'needle (here)'"),
        ({"pattern": "(here)", "is_text": True, "path": "sub"}, "sub/deep.py:2:    return 'needle (here)'"),
        ({"pattern": "-x"}, "no match in ."),
        ({"pattern": "x", "path": "a.py"}, "a.py:1:x = 1"),
        ({"pattern": "("}, "Unmatched ( or"),
        ({"pattern": "x", "path": "gone"}, "there is no gone"),
        ({"pattern": "x", "path": "../.."}, "outside of the workspace"),
    ],
)
async def test_searching_says_where(bench: Bench, arguments: dict[str, Any], found: str) -> None:
    assert found in (await bench.call("search", **arguments)).text


async def test_a_long_output_is_kept_whole(bench: Bench) -> None:
    ended = await bench.shell("seq 1 200000")

    assert ended.output is not None
    assert len(ended.text) < 11_000
    assert (await bench.blobs.get(ended.output)).decode() == "\n".join(map(str, range(1, 200_001)))
