"""What differs by nature is the same, and everything else is not."""

import pytest

from eaa.domain.environment import Environment
from eaa.domain.ids import EnvironmentKey
from eaa.engine.redaction import Redactor
from eaa.engine.replay.difference import first_difference
from eaa.engine.replay.sameness import Sameness


def environment(folder: str, version: str, key: str) -> Environment:
    return Environment(
        key=EnvironmentKey(key * 16),
        toolchain="python",
        recipe="project .venv",
        interpreter=f"{folder}/bin/python",
        interpreter_version=version,
        mounts=((folder, folder),),
    )


def sameness() -> Sameness:
    made = Sameness(Redactor(places=(("/home/bob", "<home>"),)))
    made.learn((environment("/opt/one", "3.11.7", "abcd"), environment("/opt/two", "3.12.1", "ef01")))
    return made


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        ("2 failed in 0.05s", "2 failed in 12.31s"),
        ("===== 2 failed in 0.05s =====", "==== 2 failed in 112.31s (0:01:52) ===="),
        ("took 3 seconds", "took 41 ms"),
        ("<object at 0x7f12ab34>", "<object at 0x55d2ffee01>"),
        ("2026-01-31 12:00:00,123 start", "2026-02-01T09:30:01Z start"),
        ("/tmp/pytest-of-alice/pytest-3/x", "/tmp/pytest-of-bob/pytest-12/x"),
        ("language: python 3.11.7", "language: python 3.12.1"),
        ("/opt/one/lib/python3.11/re.py", "/opt/two/lib/python3.12/re.py"),
        ("environment `abcdabcdabcd`", "environment `ef01ef01ef01`"),
        ("<home>/x", "/home/bob/x"),
        ("platform linux -- Python 3.11.7, pytest-8.0\nx", "platform linux -- Python 3.12.1, pytest-9.0\nx"),
    ],
)
def test_times_addresses_and_machines_are_written_alike(recorded: str, now: str) -> None:
    same = sameness()

    assert same.text(recorded) == same.text(now)


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        ("2 failed in 0.05s", "3 failed in 0.05s"),
        ("exit code 0", "exit code 1"),
        ("total([8]) == 6", "total([8]) == 7"),
        ("1.5 == 1.5", "1.5 == 2.5"),
        ("/etc/hosts", "/etc/passwd"),
        ("version 2.0", "version 2.1"),
    ],
)
def test_everything_else_differs(recorded: str, now: str) -> None:
    same = sameness()

    assert same.text(recorded) != same.text(now)


def test_durations_and_the_machine_are_left_out_of_values_and_recipes_are_not() -> None:
    same = sameness()
    before = {"duration_s": 1.0, "seconds": 2, "environment": {"recipe": "a", "interpreter": "/x", "mounts": []}}
    after = {"duration_s": 9.0, "seconds": 3, "environment": {"recipe": "b", "interpreter": "/y", "mounts": [1]}}

    found = first_difference("step 1", same.value(before), same.value(after))

    assert found is not None
    assert found.sentence() == 'step 1, environment.recipe: recorded "a", now "b"'


@pytest.mark.parametrize(
    ("recorded", "now", "field", "sentence"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, "a[1]", "recorded 2, now 3"),
        ({"a": [1, 2]}, {"a": [1]}, "a[1]", "recorded 2, now nothing"),
        ({"a": [1]}, {"a": [1, 2]}, "a[1]", "recorded nothing, now 2"),
        ({"a": 1, "b": 2}, {"a": 1}, "b", "recorded 2, now nothing"),
        ({"a": 1}, {"a": 1, "b": 2}, "b", "recorded nothing, now 2"),
        ({"a": 1}, {"a": True}, "a", "recorded 1, now True"),
        ({"a": None}, {"a": "x"}, "a", 'recorded None, now "x"'),
    ],
)
def test_the_first_part_that_differs_is_named(recorded: object, now: object, field: str, sentence: str) -> None:
    found = first_difference("here", recorded, now)

    assert found is not None
    assert found.sentence() == f"here, {field}: {sentence}"


def test_long_texts_are_shown_around_the_place_where_they_differ_and_cannot_drive_a_terminal() -> None:
    found = first_difference("here", "x" * 5_000 + "a\x1b[31m", "x" * 5_000 + "b")

    assert found is not None
    assert found.recorded == '"…' + "x" * 60 + 'a\\x1b[31m"'
    assert len(found.now) < 400


def test_equal_values_have_no_difference() -> None:
    assert first_difference("here", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) is None
