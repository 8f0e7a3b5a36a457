"""When a repair may be called one of high confidence."""

import msgspec
import pytest

from eaa.domain.fix import Confidence
from eaa.engine.repair.confidence import judge
from eaa.engine.repair.knowing import knows_tests
from eaa.engine.repair.protocol import HostAnswer, HostRepair, decode_answer

REPAIR = HostRepair(
    path="f.py", text="def f(a):\n    return a + 1\n", diff="", operator="off by one", line=2, score=0.7, seconds=1.0,
    cost_s=0.1, edits=1, cluster=1, covering=3, is_truth=False,
    is_settled=True,
)  # fmt: skip
ANSWER = HostAnswer(
    repairs=(REPAIR,), suspects=(), distinguishing=None, inputs=20, seen=0, tried=100, failing=2, passing=5, left_out=0,
    flaky=(),
    seconds=3.0, mode="swap", note="",
)  # fmt: skip
BEFORE = "def f(a):\n    return a\n"


def confidence(repair: HostRepair = REPAIR, answer: HostAnswer = ANSWER, tests: tuple[str, ...] = ()) -> Confidence:
    return judge(repair, answer, before=BEFORE, tests=tests)[0]


def test_a_plain_exchange_that_many_tests_agree_on_is_high() -> None:
    assert confidence() is Confidence.HIGH


@pytest.mark.parametrize(
    "change",
    [{"is_truth": True}, {"edits": 2}, {"operator": "guard added"}, {"is_settled": False}],
)
def test_doubts_about_the_repair_make_a_draft(change: dict[str, object]) -> None:
    repair = msgspec.structs.replace(REPAIR, **change)

    assert confidence(repair, msgspec.structs.replace(ANSWER, repairs=(repair,))) is Confidence.DRAFT


@pytest.mark.parametrize("change", [{"inputs": 2}, {"left_out": 3}, {"flaky": ("t",)}])
def test_doubts_about_the_tests_make_a_draft(change: dict[str, object]) -> None:
    assert confidence(answer=msgspec.structs.replace(ANSWER, **change)) is Confidence.DRAFT


def test_few_tests_make_a_draft() -> None:
    repair = msgspec.structs.replace(REPAIR, covering=2)

    assert confidence(repair, msgspec.structs.replace(ANSWER, failing=1)) is Confidence.DRAFT


def test_one_test_that_asks_many_things_is_evidence_too() -> None:
    repair = msgspec.structs.replace(REPAIR, covering=0)
    answer = msgspec.structs.replace(ANSWER, failing=1, repairs=(repair,))

    assert confidence(repair, msgspec.structs.replace(answer, seen=5)) is Confidence.DRAFT
    assert confidence(repair, msgspec.structs.replace(answer, seen=6)) is Confidence.HIGH


def test_what_adds_a_statement_needs_more_evidence_than_an_exchange() -> None:
    repair = msgspec.structs.replace(REPAIR, operator="statement added")
    answer = msgspec.structs.replace(ANSWER, repairs=(repair,))

    assert confidence(repair, msgspec.structs.replace(answer, seen=9)) is Confidence.DRAFT
    assert confidence(repair, msgspec.structs.replace(answer, seen=10)) is Confidence.HIGH


@pytest.mark.parametrize("cluster", [0, 2])
def test_a_rival_that_behaves_differently_or_unknown_makes_a_draft(cluster: int) -> None:
    rival = msgspec.structs.replace(REPAIR, cluster=cluster)

    assert confidence(answer=msgspec.structs.replace(ANSWER, repairs=(REPAIR, rival))) is Confidence.DRAFT


def test_a_literal_of_the_tests_makes_a_draft() -> None:
    repair = msgspec.structs.replace(REPAIR, text="def f(a):\n    return a + 4711\n")
    answer = msgspec.structs.replace(ANSWER, repairs=(repair,))

    assert confidence(repair, answer, tests=("assert f(0) == 4711",)) is Confidence.DRAFT
    assert confidence(repair, answer, tests=("assert f(1) == 4712",)) is Confidence.HIGH


def test_reasons_say_what_was_met() -> None:
    _, reasons = judge(REPAIR, ANSWER, before=BEFORE, tests=())

    assert all(reason.startswith("✓") for reason in reasons)


def test_everyday_literals_are_no_sign_of_knowing_the_tests() -> None:
    assert not knows_tests("x = a", "x = a + 1", ["assert f(1) == 1"])
    assert knows_tests("x = a", "x = 'Ada'", ["assert f() == 'Ada'"])


@pytest.mark.parametrize("printed", [b"", b"noise", b"{}\n", b"[1]\n", b'{"repairs": 3}\n'])
def test_what_is_no_answer_is_none(printed: bytes) -> None:
    assert decode_answer(printed) is None


def test_the_answer_is_the_last_line() -> None:
    assert decode_answer(b"noise\n" + msgspec.json.encode(ANSWER) + b"\n") == ANSWER
