"""Evidence in words: short, and never better than the record."""

from dataclasses import replace

from eaa.domain.evidence import NotRun
from eaa.domain.ids import TestId
from eaa.engine.evidence.words import LINES_AT_MOST, markdown, terminal_lines, verification_lines
from tests.support.proving import TinyWorld
from tests.unit.engine.evidence.projects import BASE, DISCOUNT_TEST, FEATURE, GOOD_FIX, NEW_TESTS


async def test_a_shown_bug_names_its_test_and_every_run() -> None:
    lines = terminal_lines(await TinyWorld().prove(BASE, GOOD_FIX))

    assert lines[0].startswith("bug: done")
    assert f"     {DISCOUNT_TEST}  base FFF (AssertionError) → head PPP" in lines
    assert any(line.startswith("  other tests: 2 compared") for line in lines)
    assert any(line.startswith("  mutants: 1 of 1 noticed") for line in lines)
    assert not any(line.startswith("  !") for line in lines)


async def test_a_feature_shows_the_stub_between_the_sides() -> None:
    text = markdown(await TinyWorld().prove(BASE, FEATURE))

    assert "base BBB" in text
    assert "→ stub F → head PPP" in text


async def test_doubts_are_all_said() -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": BASE["shop.py"] + "\ndef more(a):\n    return a + 1\n"})
    regression = replace(
        evidence.regression,
        flaky=(TestId("tests/test_a.py::test_odd"),),
        not_run=(NotRun(test=TestId("tests/test_a.py::test_gone"), reason="skipped on the base"),),
    )

    lines = terminal_lines(replace(evidence, regression=regression))

    assert "  ! flaky, so left out of every claim: tests/test_a.py::test_odd" in lines
    assert "  ! not run: tests/test_a.py::test_gone (skipped on the base)" in lines
    assert "  ! lines in question that no test executes: shop.py 6" in lines
    assert "  ! public interface: + shop.py: def more(a)" in lines


async def test_words_are_bounded_and_say_what_they_leave_out() -> None:
    evidence = await TinyWorld().prove(BASE, GOOD_FIX)
    (criterion,) = evidence.criteria
    many = replace(evidence, criteria=(replace(criterion, tests=criterion.tests * 9),) * 50)

    lines = terminal_lines(many)

    assert len(lines) <= LINES_AT_MOST
    assert len(markdown(many).splitlines()) <= LINES_AT_MOST + 2
    assert "     and 6 more tests" in lines
    assert any("lines left out" in line for line in lines)


async def test_hostile_text_stays_one_harmless_line() -> None:
    evidence = await TinyWorld().prove(BASE, GOOD_FIX)
    hostile = "x\n\n| a | b |\n<script>alert(1)</script> `rm` @everyone \x1b[31m"
    (criterion,) = evidence.criteria

    text = markdown(replace(evidence, criteria=(replace(criterion, text=hostile, method=hostile),)))

    assert "<script>" not in text
    assert "@everyone" not in text
    assert "\x1b" not in text
    assert "\n| a | b |" not in text


async def test_a_decisive_finding_is_called_tampering() -> None:
    weakened = NEW_TESTS.replace("assert total([1, 2]", "total([1, 2]")

    lines = terminal_lines(await TinyWorld().prove(BASE, {**GOOD_FIX, "tests/test_shop.py": weakened}))

    assert any(line.startswith("  ! tampering, test weakened: tests/test_shop.py:3") for line in lines)


async def test_verifying_ends_with_the_answer() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, GOOD_FIX)

    same = verification_lines(await world.verify(evidence))
    other = verification_lines(await world.verify(replace(evidence, patch_id="0" * 40)))

    assert same[-1] == "eaa verify: ok"
    assert other[0].startswith("  differs: patch_id: recorded 000")
    assert other[-1] == "eaa verify: 1 difference, the record does not hold"
