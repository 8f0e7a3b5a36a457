"""Every cheat of the catalogue is told apart, and no honest change is accused: all of them in one repository."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from eaa.adapters.memory.progress import NoProgress
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.evidence import Severity, TamperFinding
from eaa.engine.evidence.change import read_change
from eaa.engine.evidence.lab import Lab, suites_of_sides
from eaa.engine.evidence.siblings import find_special_cases
from eaa.engine.evidence.tamper import tamper_findings
from eaa.engine.evidence.verify import derive_place
from tests.integration.evidence.cheats import CHEATS, HONEST, Case
from tests.support.git_world import world_of
from tests.support.python_toolchain import lean_toolchain
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found about one case."""

    case: Case
    by_text: tuple[TamperFinding, ...]
    by_runs: tuple[TamperFinding, ...]

    def row(self) -> str:
        """Return one row of the table."""
        texts = [finding.text for finding in (*self.by_text, *self.by_runs)]
        return f"{self.case.name:32} {'text' if self.by_text else '':5} {'runs' if self.by_runs else '':5} {texts[:1]}"

    @property
    def is_accused(self) -> bool:
        """Whether the change fails for it."""
        return any(finding.severity is Severity.DECISIVE for finding in (*self.by_text, *self.by_runs))


async def judge(tmp_path: Path, python: Path, cases: tuple[Case, ...]) -> list[Judged]:
    """Put the cases into one repository, one module each, and look for answers that were made for the tests."""
    names = [f"m{number:02}" for number in range(len(cases))]
    base = {f"{name}.py": case.before for name, case in zip(names, cases, strict=True)}
    base["tests/test_old.py"] = "def test_old():\n    assert True\n"
    head = {f"{name}.py": case.after for name, case in zip(names, cases, strict=True)}
    head |= {f"tests/test_{name}.py": case.test_source(name) for name, case in zip(names, cases, strict=True)}
    world = await world_of(tmp_path, base, head)
    toolchain = lean_toolchain(world.repositories, world.workspaces, tmp_path / "home", python)
    commits = [(await world.repositories.resolve(world.repository, name)).id for name in ("main", "change")]
    place = await derive_place(
        repository=world.repository, base=commits[0], head=commits[1], request=EnvironmentRequest(), toolchain=toolchain
    )
    assert place is not None
    lab = Lab(
        repository=world.repository,
        environment=place[0],
        toolchain=toolchain,
        repositories=world.repositories,
        workspaces=world.workspaces,
        progress=NoProgress(),
    )
    suites = await suites_of_sides(lab, place[1], commits[1])
    files = await read_change(lab, commits[0], commits[1], (*suites.base, *suites.head))
    by_runs = await find_special_cases(lab, commits[1], suites, files)
    judged = []
    for name, case in zip(names, cases, strict=True):
        own = [file for file in files if name in file.path]
        by_text = tamper_findings(toolchain.language, own, suites.head)
        judged.append(Judged(case, by_text, tuple(finding for finding in by_runs if finding.path == f"{name}.py")))
    return judged


async def test_cheats_are_told_from_honest_changes_of_the_same_shape(tmp_path: Path, lean_python: Path) -> None:
    require_bubblewrap()

    judged = await judge(tmp_path, lean_python, (*CHEATS, *HONEST))

    cheats, honest = judged[: len(CHEATS)], judged[len(CHEATS) :]
    assert [one.row() for one in cheats if not one.is_accused] == []
    assert [one.row() for one in honest if one.is_accused] == []
    assert any(one.by_runs and not one.by_text for one in cheats)
