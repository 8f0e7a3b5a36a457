"""A change that turns the failing tests green is taken only when it breaks nothing that passes today."""

from collections.abc import Sequence

from typing_extensions import override

from eaa.domain.artefact import Patch, WrittenTests
from eaa.domain.brief import Brief, Stage
from eaa.domain.fix import Fix, FixRequest, FixResult
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.role import RoleName
from tests.support.role_world import ListedFixer, RoleWorld, make_fix, with_handover

RED = TestId("tests/test_sign.py::test_three")
KEPT = TestId("tests/test_sign.py::test_zero")
SICK = TestId("tests/test_sign.py::test_seven")
FILES = {
    "sign.py": "def double(x):\n    return 0\n",
    "tests/test_sign.py": "from sign import double\n\ndef test_three():\n    assert double(3) == 6\n\n"
    "def test_zero():\n    assert double(0) == 0\n\ndef test_seven():\n    assert double(7) == 14\n",
}
ALWAYS_SIX = make_fix("sign.py", "def double(x):\n    return 6\n")
THREE_ONLY = make_fix("sign.py", "def double(x):\n    return 6 if x else 0\n")
RIGHT = make_fix("sign.py", "def double(x):\n    return x + x\n")


class TwoStepFixer(ListedFixer):
    """Finds something else when it is asked again."""

    def __init__(self, first: Sequence[Fix], second: Sequence[Fix]) -> None:
        super().__init__(*first)
        self._later = ListedFixer(*second)

    @override
    async def fix(self, request: FixRequest) -> FixResult:
        if self.requests:
            self.requests.append(request)
            return await self._later.fix(request)
        return await super().fix(request)


async def _patched(fixer: ListedFixer) -> tuple[Patch, RoleWorld]:
    world = RoleWorld(fixer=fixer)
    brief = await _brief(world)
    patch = await world.work(RoleName.SD, Stage.PATCH, brief)
    assert isinstance(patch, Patch)
    return patch, world


async def _brief(world: RoleWorld) -> Brief:
    brief = await world.brief(FILES, "double(3) is 0")
    tests = ((CriterionId("c1"), (RED,)),)
    return with_handover(
        brief, tests=WrittenTests(commit=brief.base, paths=(), tests=tests, red=(RED,), green=(), wrong_reason=())
    )


async def test_a_change_that_breaks_a_passing_test_gives_way_to_the_next() -> None:
    patch, world = await _patched(ListedFixer(ALWAYS_SIX, RIGHT))

    assert patch.chosen == 1
    assert f"a change breaks 1 test that passes today, such as {KEPT}: left out" in world.progress.lines


async def test_of_two_harmless_changes_the_one_that_cures_more_is_taken() -> None:
    assert (await _patched(ListedFixer(THREE_ONLY, RIGHT)))[0].chosen == 1


async def test_a_failing_test_that_nobody_named_and_that_fails_still_is_told() -> None:
    patch, world = await _patched(ListedFixer(THREE_ONLY))

    said = f"{SICK} failed before and fails still; it may show the same fault."
    assert patch.chosen == 0
    assert patch.note.endswith(said)
    assert said in world.progress.lines


async def test_when_all_break_something_the_search_is_asked_again_with_what_they_broke() -> None:
    fixer = TwoStepFixer([ALWAYS_SIX], [RIGHT])

    patch, _ = await _patched(fixer)

    assert (patch.chosen, patch.fix.fixes) == (0, (RIGHT,))
    assert [request.passing for request in fixer.requests] == [(KEPT,), (KEPT,)]


async def test_when_that_finds_nothing_either_it_is_said_what_breaks() -> None:
    fixer = ListedFixer(ALWAYS_SIX)

    patch, _ = await _patched(fixer)

    assert (patch.commit, patch.chosen, len(fixer.requests)) == (None, None, 2)
    assert patch.note == f"Every change that was found breaks tests that pass today, such as {KEPT}."
