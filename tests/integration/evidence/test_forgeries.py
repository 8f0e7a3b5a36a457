"""Nothing that a change makes up inside the test process is shown."""

from pathlib import Path

import pytest

from eaa.adapters.memory.progress import NoProgress
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.evidence import TamperFinding
from eaa.domain.ids import TestId
from eaa.domain.test_report import Outcome
from eaa.engine.evidence.canary import find_forgery
from eaa.engine.evidence.lab import Lab, suites_of_sides
from eaa.engine.evidence.observation import observe
from eaa.engine.evidence.places import find_places
from eaa.engine.evidence.verify import derive_place
from tests.integration.evidence.forgeries import BUG, BY_CODE, BY_FILES
from tests.support.git_world import world_of
from tests.support.python_toolchain import lean_toolchain
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox
WANTED = TestId("tests/test_shop.py::test_discount")
BASE = {
    "shop.py": BUG,
    "tests/test_shop.py": "from shop import total\n\ndef test_none():\n    assert total([], 0) == 0\n",
}
CLAIM = {"tests/test_shop.py": BASE["tests/test_shop.py"] + "\ndef test_discount():\n    assert total([10], 4) == 6\n"}
FORGERIES = {**{name: {"shop.py": code} for name, code in BY_CODE.items()}, **BY_FILES}


async def run(tmp_path: Path, python: Path, head: dict[str, str]) -> tuple[Outcome, tuple[TamperFinding, ...]]:
    """Return what the wanted test is reported as on the head, and what is found to be forged."""
    world = await world_of(tmp_path, BASE, {**CLAIM, **head})
    toolchain = lean_toolchain(world.repositories, world.workspaces, tmp_path / "home", python)
    base, change = [(await world.repositories.resolve(world.repository, name)).id for name in ("main", "change")]
    place = await derive_place(
        repository=world.repository, base=base, head=change, request=EnvironmentRequest(), toolchain=toolchain
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
    suites = await suites_of_sides(lab, place[1], change)
    places = await find_places(lab, change, [WANTED], suites.head)
    async with lab.workspaces.open(lab.repository, change) as workspace:
        seen = await observe(lab, workspace, [(suites.head[0], (WANTED,))], seeds=(0,))
    return seen.of(WANTED)[0].outcome, await find_forgery(lab, change, suites, places, seen)


@pytest.mark.parametrize("name", list(FORGERIES))
async def test_made_up_results_are_red_or_found(tmp_path: Path, lean_python: Path, name: str) -> None:
    require_bubblewrap()

    outcome, findings = await run(tmp_path, lean_python, FORGERIES[name])

    assert outcome is not Outcome.PASSED or findings


async def test_an_honest_fix_is_green_and_not_accused(tmp_path: Path, lean_python: Path) -> None:
    require_bubblewrap()

    assert await run(tmp_path, lean_python, {"shop.py": BUG.replace("+", "-")}) == (Outcome.PASSED, ())
