"""What DBOS records for us, and that it comes back the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from eaa.adapters.dbos.faults import NotRecorded
from eaa.adapters.dbos.values import JsonValues
from eaa.domain.errors import BranchTaken, EaaError, InvalidRequest, RunNotFound, SlotTaken
from eaa.domain.ids import CommitId, RunId

VALUES = JsonValues()


def again(value: object) -> object:
    return VALUES.deserialize(VALUES.serialize(value))


@given(st.binary())
def test_any_bytes_come_back(content: bytes) -> None:
    assert again(content) == content


def test_the_arguments_of_a_workflow_come_back() -> None:
    recorded = again({"args": ("work", "run_1", 1, b'{"a": 1}'), "kwargs": {}})

    assert recorded == {"args": ["work", "run_1", 1, b'{"a": 1}'], "kwargs": {}}


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest("empty text", hint="Say what to do."),
        RunNotFound(run_id=RunId("run_1")),
        BranchTaken(branch="eaa/fix", commit=CommitId("a" * 40)),
        SlotTaken(slot="cli-0"),
        EaaError("a fault"),
    ],
    ids=lambda error: error.code,
)
def test_our_errors_come_back_with_class_message_hint_and_facts(error: EaaError) -> None:
    recorded = again(error)

    assert type(recorded) is type(error)
    assert isinstance(recorded, EaaError)
    assert (recorded.code, str(recorded), vars(recorded)) == (error.code, str(error), vars(error))


def test_an_error_of_a_code_that_nobody_has_any_more_is_a_plain_one() -> None:
    text = VALUES.serialize(SlotTaken(slot="cli-0")).replace("slot.taken", "slot.gone")

    recorded = VALUES.deserialize(text)

    assert type(recorded) is EaaError
    assert str(recorded) == "slot cli-0 is held by a live process"


def test_an_error_that_is_not_ours_is_a_fault_that_names_it() -> None:
    assert str(again(ValueError("no such thing"))) == "ValueError: no such thing"


def test_an_error_of_the_database_is_never_recorded() -> None:
    with pytest.raises(NotRecorded):
        VALUES.serialize(OperationalError("INSERT", {}, Exception("gone")))


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError):
        VALUES.serialize(object())
