"""What every toolchain promises about running tests, on real projects in the real sandbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.toolchains.python.toolchain import PythonToolchain
from eaa.domain.command import CommandEnd, Limits
from eaa.domain.ids import TestId
from eaa.domain.project import Finding, Project, QualityTool
from eaa.domain.repository import FileChange
from eaa.domain.test_report import Outcome, ReportState, TestReport
from eaa.ports.toolchain import Measure, Toolchain
from tests.support.python_world import PythonWorld, make_suite, open_python_world, own_environment
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

_PROJECT: dict[str, bytes | str] = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
    "src/shop.py": "def price(count):\n    if count > 3:\n        return 2\n    return 1\n",
    "tests/test_shop.py": (
        "import pytest, shop\n\n"
        "@pytest.mark.parametrize('count', [1, 2])\n"
        "def test_low(count): assert shop.price(count) == 1\n\n"
        "class TestHigh:\n"
        "    def test_one(self): assert shop.price(4) == 1\n"
        "    def test_two(self): assert shop.price(5) == 2\n"
    ),
    "tests/test_gone.py": "import nothing_like_it\ndef test_x(): pass\n",
    "tests/test_other.py": "".join(f"def test_{number}(): pass\n" for number in range(6)),
}


@dataclass(frozen=True)
class Bench:
    """A toolchain and a checked-out project."""

    toolchain: Toolchain
    world: PythonWorld

    async def run(self, *tests: str, **how: Any) -> TestReport:
        """Run the named tests, or all."""
        names = tuple(TestId(test) for test in tests) or None
        return await self.toolchain.run_tests(self.world.run(tests=names, **how))


@asynccontextmanager
async def open_bench(kind: str, folder: Path, files: dict[str, bytes | str]) -> AsyncIterator[Bench]:
    require_bubblewrap()
    assert kind == "python"
    async with open_python_world(folder, files) as world:
        toolchain = PythonToolchain(
            repositories=world.repositories,
            workspaces=world.workspaces,
            sandbox=world.sandbox,
            progress=NoProgress(),
            home=folder / "environments",
        )
        yield Bench(toolchain, world)


@pytest.fixture(params=["python"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def bench(kind: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(kind, tmp_path, _PROJECT) as opened:
        yield opened


def outcomes(report: TestReport) -> dict[str, Outcome]:
    return {result.test: result.outcome for result in report.results}


async def test_everything_runs_in_the_projects_order(bench: Bench) -> None:
    report = await bench.run()
    assert report.state is ReportState.COMPLETE
    assert outcomes(report) == {
        "tests/test_shop.py::test_low[1]": Outcome.PASSED,
        "tests/test_shop.py::test_low[2]": Outcome.PASSED,
        "tests/test_shop.py::TestHigh::test_one": Outcome.FAILED,
        "tests/test_shop.py::TestHigh::test_two": Outcome.PASSED,
        **{f"tests/test_other.py::test_{number}": Outcome.PASSED for number in range(6)},
        "tests/test_gone.py": Outcome.BROKEN,
    }
    listed = await bench.toolchain.list_tests(bench.world.workspace, own_environment(), make_suite())
    ran = [result.test for result in report.results if result.outcome is not Outcome.BROKEN]
    assert list(listed) == ran


async def test_a_name_without_parameters_asks_for_all_of_them(bench: Bench) -> None:
    report = await bench.run("tests/test_shop.py::test_low", "tests/test_shop.py::TestHigh::test_two")
    assert list(outcomes(report)) == [
        "tests/test_shop.py::test_low[1]",
        "tests/test_shop.py::test_low[2]",
        "tests/test_shop.py::TestHigh::test_two",
    ]


async def test_tests_that_did_not_run_are_missing_or_broken(bench: Bench) -> None:
    asked = ("tests/test_shop.py::nowhere", "tests/no_file.py::test_x", "tests/test_gone.py::test_x")
    report = await bench.run(*asked)
    assert [report.result_of(TestId(test)).outcome for test in asked] == [
        Outcome.MISSING,
        Outcome.MISSING,
        Outcome.BROKEN,
    ]
    assert report.result_of(TestId(asked[2])).exception == "ModuleNotFoundError"


async def test_only_missing_files_make_a_report_without_tests(bench: Bench) -> None:
    report = await bench.run("tests/no_file.py::test_x")
    assert report.state is ReportState.NO_TESTS
    assert outcomes(report) == {"tests/no_file.py::test_x": Outcome.MISSING}


async def test_a_seed_repeats_its_order_and_keeps_groups_together(bench: Bench) -> None:
    plain, one, again, other = [list(outcomes(await bench.run(order_seed=seed))) for seed in (0, 1, 1, 2)]
    assert one == again
    assert len({tuple(plain), tuple(one), tuple(other)}) == 3
    assert sorted(one) == sorted(plain)
    files = [test.partition("::")[0] for test in one]
    assert [file for index, file in enumerate(files) if index == 0 or files[index - 1] != file] == list(
        dict.fromkeys(files)
    )


async def test_coverage_is_of_the_repository_only(bench: Bench) -> None:
    report = await bench.run("tests/test_shop.py::test_low", measure=Measure.COVERAGE)
    covered = dict(report.covered_lines)
    assert covered["src/shop.py"] == (1, 2, 4)
    assert set(covered) == {"src/shop.py", "tests/test_shop.py"}
    assert (await bench.run("tests/test_shop.py::test_low")).covered_lines == ()


async def test_an_overlay_is_there_for_one_run(bench: Bench) -> None:
    before = await bench.world.workspaces.changes(bench.world.workspace)
    overlay = (
        FileChange("src/shop.py", b"def price(count):\n    return 7\n"),
        FileChange("tests/test_new.py", b"import shop\ndef test_it(): assert shop.price(0) == 7\n"),
    )
    report = await bench.run("tests/test_new.py::test_it", overlay=overlay)
    assert outcomes(report) == {"tests/test_new.py::test_it": Outcome.PASSED}
    assert await bench.world.workspaces.changes(bench.world.workspace) == before == ()


async def test_a_suite_below_the_top_has_names_of_its_own(kind: str, tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {f"part/{path}": content for path, content in _PROJECT.items()}
    async with open_bench(kind, tmp_path, files) as bench:
        report = await bench.run("tests/test_shop.py::TestHigh::test_one", suite=make_suite(root="part"))
    [result] = report.results
    assert (result.outcome, result.path, result.line) == (Outcome.FAILED, "part/tests/test_shop.py", 7)


@pytest.mark.parametrize(
    ("body", "state", "outcome"),
    [
        ("while True: pass", ReportState.INTERRUPTED, Outcome.TIMED_OUT),
        ("import os; os._exit(0)", ReportState.UNREADABLE, Outcome.RAISED),
        ("import os; os.kill(os.getpid(), 11)", ReportState.INTERRUPTED, Outcome.RAISED),
    ],
)
async def test_a_run_that_ends_early_is_never_complete(
    kind: str, tmp_path: Path, body: str, state: ReportState, outcome: Outcome
) -> None:
    test = f"def test_first(): pass\ndef test_ends():\n    {body}\ndef test_last(): pass\n"
    async with open_bench(kind, tmp_path, {"test_it.py": test}) as bench:
        report = await bench.run(
            "test_it.py::test_first", "test_it.py::test_ends", "test_it.py::test_last", timeout_s=5.0
        )
    assert report.state is state
    assert list(outcomes(report).values()) == [Outcome.PASSED, outcome, Outcome.MISSING]
    assert (report.end is CommandEnd.TIMED_OUT) == (outcome is Outcome.TIMED_OUT)


async def test_printed_records_are_not_believed(kind: str, tmp_path: Path) -> None:
    forged = '{"kind": "end", "test": "test_it.py::test_it", "outcome": "passed"}'
    test = f"import os\ndef test_it():\n    os.write(1, b'''\\n@0 {forged}\\n''')\n    assert os.read(0, 9)\n"
    async with open_bench(kind, tmp_path, {"test_it.py": test}) as bench:
        report = await bench.run()
    assert outcomes(report) == {"test_it.py::test_it": Outcome.FAILED}


async def test_a_project_that_cannot_start_is_a_report(kind: str, tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"conftest.py": "import nothing_like_it\n", "test_it.py": "def test_it(): pass\n"}
    async with open_bench(kind, tmp_path, files) as bench:
        report = await bench.run("test_it.py::test_it")
    assert outcomes(report) == {"test_it.py::test_it": Outcome.BROKEN}
    assert report.state is ReportState.UNREADABLE
    assert "nothing_like_it" in report.output


async def test_formatters_and_checkers_speak_about_the_paths_given(kind: str, tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"ruff.toml": "", "one.py": "import os\nx = {  'a':1 }\n", "two.py": "import os\n"}
    tools = ("ruff format", "ruff check", "black", "mypy", "flake8")
    project = _project(tuple(QualityTool(name, Finding(name, "ruff.toml")) for name in tools))
    async with open_bench(kind, tmp_path, files) as bench:
        place = (bench.world.workspace, own_environment(), project, ("one.py",))
        changed = await bench.toolchain.format_files(*place)
        found = await bench.toolchain.complaints(*place)
        assert await bench.world.workspaces.changes(bench.world.workspace) == ()
    assert changed == (FileChange("one.py", b'import os\n\nx = {"a": 1}\n'),)
    assert {(finding.tool, finding.path, finding.line) for finding in found} == {("ruff check", "one.py", 1)}
    assert any("F401" in finding.text for finding in found)


def _project(tools: tuple[QualityTool, ...]) -> Project:
    return Project(
        language="python",
        language_requirement=None,
        package_manager=None,
        runners=(),
        manifests=(),
        lock_files=(),
        dependencies=(),
        suites=(),
        source_paths=(),
        quality_tools=tools,
    )


async def test_a_command_finds_the_environment_and_the_projects_code(bench: Bench) -> None:
    project = await bench.toolchain.detect(bench.world.workspace.repository, bench.world.workspace.commit)
    assert project is not None
    argv = ("python", "-c", "import pytest, shop; print(shop.price(1), pytest.__name__)")

    command = bench.toolchain.command(own_environment(), project, argv, limits=Limits(wall_s=30.0))
    result = await bench.world.sandbox.run(command, root=bench.world.workspace.root)

    assert (result.stdout.text().strip(), result.exit_code) == ("1 pytest", 0)
    assert command.limits.wall_s == 30.0
