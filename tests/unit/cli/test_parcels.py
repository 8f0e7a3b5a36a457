"""Many tasks in few requests."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eaa.adapters.gateway import http_gateway
from eaa.adapters.gateway.http_gateway import LONGEST_BODY_BYTES, MOST_TASKS, body_of
from eaa.cli import asked
from eaa.cli.parcels import fits, parcels_of
from eaa.services.gateway import bodies, guard
from eaa.wiring.issues import TEXT_LIMIT_BYTES


def task(request: str) -> dict[str, Any]:
    return {"request": request, "repository": "/repo"}


@given(lengths=st.lists(st.integers(1, 900_000), max_size=8), small=st.integers(0, 250))
def test_a_parcel_is_never_too_large_and_nothing_is_lost(lengths: list[int], small: int) -> None:
    requests = ["x" * length for length in lengths] + ["y"] * small
    tasks = {number: task(request) for number, request in enumerate(requests, start=1)}

    parcels = list(parcels_of(tasks))

    assert all(0 < len(parcel.tasks) <= MOST_TASKS for parcel in parcels)
    assert all(len(body_of({"tasks": list(one.tasks.values())})) <= LONGEST_BODY_BYTES for one in parcels)
    assert [line for parcel in parcels for line in parcel.tasks] == list(tasks)


def test_the_largest_issue_fits_in_any_alphabet_and_one_of_escapes_alone_does_not() -> None:
    assert fits(task("é" * (TEXT_LIMIT_BYTES // 2)))
    assert fits(task("x" * TEXT_LIMIT_BYTES))
    assert not fits(task("\x01" * TEXT_LIMIT_BYTES))


def test_bodies_are_sent_as_they_are_counted() -> None:
    assert json.loads(body_of(task("é\u2028\n"))) == task("é\u2028\n")
    assert len(body_of(task("é"))) == len(body_of(task("ab")))


def test_what_is_checked_here_is_what_a_gateway_takes() -> None:
    assert http_gateway.LONGEST_BODY_BYTES == guard.LONGEST_BODY_BYTES
    assert http_gateway.MOST_TASKS == bodies.MOST_TASKS
    fields = bodies.NewTask.model_json_schema()["properties"]
    assert fields["request"]["maxLength"] >= TEXT_LIMIT_BYTES
    assert fields["repository"]["maxLength"] == asked.LONGEST_REPO_CHARACTERS
    assert fields["base"]["anyOf"][0]["maxLength"] == asked.LONGEST_BASE_CHARACTERS
    assert fields["test_command"]["anyOf"][0]["maxLength"] == asked.LONGEST_COMMAND_CHARACTERS
    assert fields["python"]["anyOf"][0]["maxLength"] == asked.LONGEST_COMMAND_CHARACTERS
    assert (fields["priority"]["minimum"], fields["priority"]["maximum"]) == (
        asked.LOWEST_PRIORITY,
        asked.HIGHEST_PRIORITY,
    )
