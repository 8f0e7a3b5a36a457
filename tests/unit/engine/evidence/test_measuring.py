"""The pieces that measure: baseline, colours, canonical log, choice of mutants."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from eaa.adapters.memory.progress import RecordingProgress
from eaa.domain.brief import Baseline
from eaa.domain.command import CommandEnd
from eaa.domain.errors import EaaError, SandboxUnavailable
from eaa.domain.ids import TestId
from eaa.domain.language import Mutant
from eaa.domain.test_report import Outcome, TestReport, TestResult
from eaa.engine.evidence.baseline import baseline_of, measure_baseline, observation_of
from eaa.engine.evidence.bounded_baseline import BoundedBaseline, measure_within
from eaa.engine.evidence.colour import Colour, colour_of
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.log import canonical_log, log_sha256
from eaa.engine.evidence.mutants import choose_evenly, mutant_limit
from eaa.engine.evidence.parallel import in_parallel
from eaa.kit.digest import sha256_hex
from eaa.ports.toolchain import TestRun
from tests.support.proving import TinyWorld
from tests.support.tiny_world import ENVIRONMENT, REPOSITORY, Files, TinyToolchain, tiny_project
from tests.unit.engine.evidence.projects import BASE, GOOD_FIX

TEST = TestId("tests/test_a.py::test_b")
ODD = "from world import tick\n\ndef test_odd():\n    assert tick() % 2\n"
SKIPPED = "from unittest import SkipTest\n\ndef test_later():\n    raise SkipTest\n"


def seen(*outcomes: Outcome, exception: str | None = None) -> list[TestResult]:
    return [TestResult(test=TEST, outcome=outcome, exception=exception) for outcome in outcomes]


async def baseline(world: TinyWorld, files: Files) -> Baseline:
    commit = world.add(files)
    return await measure_baseline(
        repository=REPOSITORY,
        commit=commit,
        environment=ENVIRONMENT,
        suites=tiny_project(world.repositories.trees[commit]).suites,
        toolchain=world.toolchain,
        repositories=world.repositories,
        workspaces=world.workspaces,
        progress=RecordingProgress(),
    )


async def within(limit_s: float, world: TinyWorld, toolchain: TinyToolchain, files: Files) -> BoundedBaseline:
    commit = world.add(files)
    lab = Lab(
        repository=REPOSITORY,
        environment=ENVIRONMENT,
        toolchain=toolchain,
        repositories=world.repositories,
        workspaces=world.workspaces,
        progress=RecordingProgress(),
    )
    suites = tiny_project(world.repositories.trees[commit]).suites
    return await measure_within(limit_s, lab=lab, commit=commit, suites=suites)


class HangingToolchain(TinyToolchain):
    """Every run has to be ended while its last test works."""

    @override
    async def run_tests(self, run: TestRun) -> TestReport:
        report = await super().run_tests(run)
        stuck = replace(report.results[-1], outcome=Outcome.TIMED_OUT)
        results = (*report.results[:-1], stuck)
        return replace(report, end=CommandEnd.TIMED_OUT, exit_code=None, results=results)


async def test_a_suite_that_hangs_is_run_once_and_its_other_tests_are_not_called_flaky() -> None:
    world = TinyWorld()
    toolchain = HangingToolchain(world.workspaces, world.repositories)
    commit = world.add(BASE)

    found = await measure_baseline(
        repository=REPOSITORY,
        commit=commit,
        environment=ENVIRONMENT,
        suites=tiny_project(world.repositories.trees[commit]).suites,
        toolchain=toolchain,
        repositories=world.repositories,
        workspaces=world.workspaces,
        progress=RecordingProgress(),
    )

    assert len(toolchain.runs) == 1
    assert found.flaky == ()
    assert [result.outcome for result in found.failing] == [Outcome.TIMED_OUT]


async def test_a_first_look_at_calm_tests_is_the_whole_baseline() -> None:
    world = TinyWorld()

    found = await within(60.0, world, world.toolchain, BASE)

    assert (found.runs, found.cut_in) == (3, None)
    assert found.baseline == await baseline(TinyWorld(), BASE)


async def test_a_first_look_that_ends_in_the_middle_tells_what_it_saw() -> None:
    world = TinyWorld()
    toolchain = HangingToolchain(world.workspaces, world.repositories)

    found = await within(60.0, world, toolchain, BASE)

    assert (found.runs, found.cut_in) == (0, "tests/test_shop.py::test_no_prices")
    assert found.baseline is not None
    assert found.baseline.passing == ("tests/test_shop.py::test_nothing_off",)
    assert (found.baseline.failing, found.baseline.flaky) == ((), ())
    assert len(toolchain.runs) == 1
    assert toolchain.runs[0].timeout_s <= 60.0


async def test_a_first_look_in_which_no_test_ended_has_no_baseline() -> None:
    world = TinyWorld()
    toolchain = HangingToolchain(world.workspaces, world.repositories)

    found = await within(60.0, world, toolchain, {**BASE, "tests/test_shop.py": ODD})

    assert (found.baseline, found.runs, found.cut_in) == (None, 0, "tests/test_shop.py::test_odd")


async def test_a_baseline_sorts_every_test_into_one_drawer() -> None:
    files = {
        **BASE,
        "tests/test_bad.py": "import nowhere\n\ndef test_never():\n    pass\n",
        "tests/test_odd.py": ODD,
        "tests/test_skip.py": SKIPPED,
        "tests/test_red.py": "def test_red():\n    assert 1 == 2\n",
    }

    found = await baseline(TinyWorld(), files)

    assert found.passing == ("tests/test_shop.py::test_nothing_off", "tests/test_shop.py::test_no_prices")
    assert [result.test for result in found.failing] == ["tests/test_bad.py::test_never", "tests/test_red.py::test_red"]
    assert [test for test, _ in found.flaky] == ["tests/test_odd.py::test_odd"]
    assert found.flaky[0][1] in ("1 of 3 red", "2 of 3 red")
    assert found.skipped == ("tests/test_skip.py::test_later",)
    assert [error.partition(":")[0] for error in found.collection_errors] == ["tests/test_bad.py"]


async def test_a_baseline_runs_three_times_in_varied_order() -> None:
    world = TinyWorld()

    await baseline(world, BASE)

    assert [run.order_seed for run in world.toolchain.runs] == [0, 1, 2]


async def test_a_baseline_given_saves_its_runs_and_changes_nothing_else() -> None:
    world = TinyWorld()
    claim = await world.propose({**BASE, "tests/test_odd.py": ODD, "tests/test_skip.py": SKIPPED}, GOOD_FIX)
    measured = await baseline(world, {**BASE, "tests/test_odd.py": ODD, "tests/test_skip.py": SKIPPED})

    assert baseline_of(observation_of(measured)).passing == measured.passing
    whole = await world.gather(claim)
    runs = len(world.toolchain.runs)

    saved = await world.gather(replace(claim, baseline=measured))

    assert saved == whole
    assert len(world.toolchain.runs) - runs == runs - 3 - 3


@pytest.mark.parametrize(
    ("results", "colour"),
    [
        (seen(*[Outcome.PASSED] * 3), Colour.GREEN),
        (seen(*[Outcome.FAILED] * 3), Colour.RED),
        (seen(*[Outcome.RAISED] * 3, exception="KeyError"), Colour.RED),
        (seen(*[Outcome.RAISED] * 3, exception="TypeError"), Colour.WRONG_RED),
        (seen(*[Outcome.BROKEN] * 3, exception="KeyError"), Colour.WRONG_RED),
        (seen(*[Outcome.TIMED_OUT] * 3), Colour.WRONG_RED),
        (seen(*[Outcome.MISSING] * 3), Colour.WRONG_RED),
        (seen(Outcome.FAILED, Outcome.BROKEN, Outcome.FAILED), Colour.WRONG_RED),
        (seen(Outcome.PASSED, Outcome.FAILED, Outcome.PASSED), Colour.UNSTABLE),
        (seen(Outcome.PASSED, Outcome.SKIPPED, Outcome.PASSED), Colour.UNSTABLE),
        (seen(*[Outcome.SKIPPED] * 3), Colour.NOT_JUDGED),
        (seen(*[Outcome.XPASSED] * 3), Colour.NOT_JUDGED),
    ],
)
def test_a_colour_is_read_from_all_runs(results: list[TestResult], colour: Colour) -> None:
    assert colour_of(results, reported="It gives a KeyError on empty input.") is colour


def test_a_hang_is_red_only_when_a_hang_was_reported() -> None:
    hung = seen(*[Outcome.TIMED_OUT] * 3)

    assert colour_of(hung, reported="parse() never returns on an empty text") is Colour.RED
    assert colour_of(hung, reported="parse() gives 3 on an empty text") is Colour.WRONG_RED


def test_part_of_a_word_does_not_name_an_exception() -> None:
    raised = seen(*[Outcome.RAISED] * 3, exception="shop.errors.Error")

    assert colour_of(raised, reported="A KeyError comes up") is Colour.WRONG_RED
    assert colour_of(raised, reported="An Error comes up") is Colour.RED


def test_the_canonical_log_is_one_line_a_run() -> None:
    base = seen(Outcome.RAISED, Outcome.TIMED_OUT, Outcome.FAILED, exception="KeyError")
    stub = seen(Outcome.FAILED, exception="AssertionError")
    head = seen(*[Outcome.PASSED] * 3)

    text = canonical_log(base=base, stub=stub, head=head)

    assert text == (
        "base 0 raised KeyError\n"
        "base 1 timed-out KeyError\n"
        "base 2 failed KeyError\n"
        "stub 0 failed AssertionError\n"
        "head 0 passed -\n"
        "head 1 passed -\n"
        "head 2 passed -\n"
    )
    assert log_sha256(base=base, stub=stub, head=head) == sha256_hex(text.encode())


def test_an_exception_cannot_write_a_line_of_the_log() -> None:
    text = canonical_log(base=(), stub=(), head=seen(Outcome.RAISED, exception="A\nhead 1 passed -"))

    assert text == "head 0 raised A\\nhead-1-passed--\n"


@given(st.lists(st.integers(min_value=1, max_value=30), max_size=80).map(sorted), st.integers(1, 50))
def test_mutants_are_chosen_evenly_and_always_alike(lines: list[int], limit: int) -> None:
    mutants = [
        Mutant(path="a.py", line=line, description=str(number), content=b"") for number, line in enumerate(lines)
    ]

    chosen = choose_evenly(mutants, limit)

    assert chosen == choose_evenly(list(mutants), limit)
    assert len(chosen) == min(limit, len(mutants))
    assert len(set(chosen)) == len(chosen)
    assert list(chosen) == [mutant for mutant in mutants if mutant in chosen]
    assert len({mutant.line for mutant in chosen}) == min(limit, len(set(lines)))


def test_slow_tests_run_fewer_mutants_but_never_too_few() -> None:
    assert mutant_limit(0.1) == 40
    assert mutant_limit(10.0) == 12
    assert mutant_limit(1_000.0) == 8


async def test_the_first_error_of_parallel_jobs_comes_out_as_it_is() -> None:
    async def fails() -> int:
        raise SandboxUnavailable(because="nothing works")

    async def works() -> int:
        return 1

    with pytest.raises(EaaError, match="nothing works"):
        await in_parallel([works(), fails()])
    assert await in_parallel([works(), works()]) == [1, 1]
