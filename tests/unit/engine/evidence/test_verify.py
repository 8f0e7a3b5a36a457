"""Deriving evidence again: the truth verifies, and no changed byte does."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from eaa.domain.errors import EvidenceUnreadable
from eaa.domain.evidence import Evidence, TokenCount
from eaa.domain.ids import CommitId, RunId
from eaa.domain.kind import Kind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from eaa.engine.evidence.record import RECORD_LIMIT_BYTES, decode_evidence, encode_evidence
from tests.support.proving import TinyWorld
from tests.unit.engine.evidence.projects import BASE, FEATURE, FIXED, GOOD_FIX, NEW_TESTS

_HASH = re.compile(rb"\b[0-9a-f]{40,64}\b")


@pytest.mark.parametrize("head", [GOOD_FIX, FEATURE, {"shop.py": "# tidy\n" + BASE["shop.py"]}])
async def test_evidence_verifies_where_it_was_made(head: dict[str, str]) -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, head)

    report = await world.verify(decode_evidence(encode_evidence(evidence)))

    assert report.differences == ()
    assert report.derived is not None


async def test_one_flipped_character_of_any_recorded_hash_is_noticed() -> None:
    world = TinyWorld()
    content = encode_evidence(await world.prove(BASE, GOOD_FIX))
    flipped = list(_flips(content))

    assert len(flipped) >= 8  # two commits, two trees, patch, environment, file, log
    for changed in flipped:
        report = await world.verify(decode_evidence(changed))
        assert report.differences


async def test_a_test_changed_after_the_record_is_noticed() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, GOOD_FIX)
    other = world.add({"shop.py": FIXED, "tests/test_shop.py": NEW_TESTS.replace("[10], 4) == 6", "[10], 5) == 5")})

    report = await world.verify(replace(evidence, head=replace(evidence.head, commit=other)))

    assert any("file_blob" in difference for difference in report.differences)
    assert any(difference.startswith("head.tree") for difference in report.differences)


async def test_a_prettier_verdict_is_noticed() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, {"shop.py": FEATURE["shop.py"]})
    (criterion,) = evidence.criteria
    forged = replace(evidence, verdict=TaskVerdict.DONE, criteria=(replace(criterion, verdict=CriterionVerdict.SHOWN),))

    report = await world.verify(forged)

    assert "criteria.[c1].verdict: recorded shown, derived not shown" in report.differences
    assert "verdict: recorded done, derived failed" in report.differences


async def test_outcomes_written_by_hand_are_noticed() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, GOOD_FIX)
    (criterion,) = evidence.criteria
    forged = replace(criterion, tests=(replace(criterion.tests[0], base=(Outcome.RAISED,) * 3),))

    report = await world.verify(replace(evidence, criteria=(forged,)))

    assert any(".base" in difference for difference in report.differences)


async def test_a_record_that_ran_too_few_mutants_is_noticed() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, GOOD_FIX)
    skimped = replace(evidence, mutants=replace(evidence.mutants, killed=0, left_out=evidence.mutants.covered))

    report = await world.verify(skimped)

    assert any(difference.startswith("mutants: 0 of 1 were run") for difference in report.differences)


async def test_what_the_repository_cannot_say_is_not_compared() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, GOOD_FIX)

    report = await world.verify(replace(evidence, cost_microusd=9, tokens=TokenCount(input=1), run=RunId("run_2")))

    assert report.differences == ()


async def test_a_flaky_project_verifies_although_the_flaky_test_changes_its_mind() -> None:
    world = TinyWorld()
    flaky = {"tests/test_odd.py": "from world import tick\n\ndef test_odd():\n    assert tick() % 5\n"}
    evidence = await world.prove({**BASE, **flaky}, GOOD_FIX)

    report = await world.verify(evidence)

    assert report.differences == ()


async def test_a_claimed_test_that_never_existed_verifies_as_that() -> None:
    world = TinyWorld()
    evidence = await world.gather(world.claim(BASE, GOOD_FIX, kind=Kind.BUG, tests=["tests/test_shop.py::test_none"]))

    assert (await world.verify(evidence)).differences == ()


@pytest.mark.parametrize("commit", ["HEAD", "--upload-pack=evil", "a" * 40, ""])
async def test_a_commit_that_is_not_there_is_a_difference_not_a_fault(commit: str) -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, GOOD_FIX)

    report = await world.verify(replace(evidence, base=replace(evidence.base, commit=CommitId(commit))))

    assert report.differences[0].startswith("base.commit")


async def test_a_kind_without_rules_is_a_difference() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, GOOD_FIX)

    report = await world.verify(replace(evidence, kind=Kind.DOCS))

    assert "docs cannot be gathered" in report.differences[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"[1]", "names no evidence version"),
        (b'{"version": 99}', "evidence version 99"),
        (b'{"version": 1}', "missing required field"),
        (b"[" * 100_000, "not JSON"),
        (b" " * (RECORD_LIMIT_BYTES + 1), "larger than"),
        (b"\xff\xfe", "not JSON"),
    ],
    ids=["empty", "list", "newer", "hollow", "deep", "large", "bytes"],
)
def test_what_is_not_evidence_is_refused_with_a_reason(content: bytes, said: str) -> None:
    with pytest.raises(EvidenceUnreadable, match=said):
        decode_evidence(content)


async def test_a_field_that_evidence_does_not_have_is_refused() -> None:
    evidence = await TinyWorld().prove(BASE, GOOD_FIX)
    plain = msgspec.to_builtins(evidence)
    plain["criteria"][0]["command"] = "rm -rf /"

    with pytest.raises(EvidenceUnreadable, match=r"\$\.criteria\[0\]\.command"):
        decode_evidence(msgspec.json.encode(plain))


async def test_a_record_comes_back_as_it_was() -> None:
    evidence = await TinyWorld().prove(BASE, GOOD_FIX)

    again: Evidence = decode_evidence(encode_evidence(evidence))

    assert again == evidence


async def test_a_file_name_that_is_not_utf8_still_makes_a_record() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, {**GOOD_FIX, ".github/workflows/\udcff.yml": "on: push\n"})

    again = decode_evidence(encode_evidence(evidence))

    assert again.tamper[0].path == ".github/workflows/\\udcff.yml"
    assert (await world.verify(again)).differences == ()


async def test_any_changed_value_is_noticed_or_is_known_to_be_the_producers_word() -> None:
    world = TinyWorld()
    content = encode_evidence(await world.prove(BASE, FEATURE))
    unnoticed = []

    for path in _leaves(msgspec.json.decode(content)):
        changed = msgspec.json.decode(content)
        _change(changed, path)
        try:
            report = await world.verify(decode_evidence(msgspec.json.encode(changed)))
        except EvidenceUnreadable:
            continue
        if report.is_same:
            unnoticed.append(".".join(map(str, path)))

    assert unnoticed == [
        "task",
        "run",
        "criteria.0.id",
        "criteria.0.text",
        "criteria.0.source",
        "cost_microusd",
        "tokens.input",
        "tokens.cached_input",
        "tokens.output",
        "versions.0.1",
    ]


def _leaves(value: object, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _leaves(below, *path, name)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _leaves(below, *path, index)
    else:
        yield path


def _change(plain: Any, path: tuple[str | int, ...]) -> None:
    for step in path[:-1]:
        plain = plain[step]
    old = plain[path[-1]]
    plain[path[-1]] = old + 1 if isinstance(old, int) else "passed" if old in ("failed", "broken") else f"{old or ''}x"


def _flips(content: bytes) -> Iterator[bytes]:
    for found in _HASH.finditer(content):
        position = found.start() + 7
        flipped = b"0" if content[position : position + 1] != b"0" else b"1"
        yield content[:position] + flipped + content[position + 1 :]
