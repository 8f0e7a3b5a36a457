"""Runs across processes: queued, worked on by services, taken over from those that die, freeze or are told to stop."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import lay_out_runs
from tests.e2e.support.services import Service, Services, services_on
from tests.postgres import new_database

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]

ROLES = ("pm", "sa", "rd", "sd", "qa", "sre")
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=["sqlite", POSTGRES])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    tmp_path.chmod(0o755)
    runs = replace(lay_out_runs(tmp_path), variables={"EAA_LOG_FORMAT": "json", "EAA_DRAIN_S": "1"})
    if request.param == "sqlite":
        with services_on(runs, tmp_path, None) as made:
            yield made
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        runs = replace(runs, variables={**runs.variables, "EAA_DATABASE_URL": url})
        with services_on(runs, tmp_path, url) as made:
            yield made


def test_a_run_is_done_by_a_dispatcher_and_six_roles_in_processes_of_their_own(services: Services) -> None:
    services.queue()
    for role in ROLES:
        services.start("role", role)
    dispatcher = services.start("dispatcher")

    services.until_done()

    assert services.wrongs() == []
    asked = {role for (role,) in services.rows("SELECT DISTINCT role FROM role_calls WHERE state = 'done'")}
    assert asked == set(ROLES)
    _effects_are_told(services)
    assert dispatcher.stop() == 0
    assert [slot for (slot,) in services.rows("SELECT slot FROM executors") if slot.startswith("dispatcher")] == []


def _effects_are_told(services: Services) -> None:
    (effect,) = json.loads(services.runs.eaa("effects", "list", "--json").stdout)["effects"]
    shown = services.runs.eaa("effects", "show", effect["effect"])
    refused = services.runs.eaa("effects", "resolve", effect["effect"], "--as", "given-up", "--why", "no")
    looked = services.runs.eaa("effects", "resolve", effect["effect"])
    assert (looked.returncode, "confirmed already" in looked.stderr) == (2, True)
    assert (effect["kind"], effect["state"]) == ("publish branch", "confirmed")
    assert "It is there, once" in shown.stdout
    assert (refused.returncode, "confirmed already" in refused.stderr) == (2, True)
    assert services.runs.eaa("effects", "list", "--open").stdout.strip() == "no write is open"
    assert services.runs.eaa("effects", "show", "eff_nobody").returncode == 2


@pytest.mark.parametrize(
    ("services", "event"),
    [
        ("sqlite", "tests.written"),
        pytest.param("postgres", "baseline.measured", marks=pytest.mark.postgres),
        pytest.param("postgres", "patch.proposed", marks=pytest.mark.postgres),
    ],
    indirect=["services"],
)
def test_a_peer_finishes_what_a_killed_dispatcher_worked_on(services: Services, event: str) -> None:
    first = services.start("dispatcher", "--own-roles")
    services.queue()
    services.until_event(event)
    services.start("dispatcher", "--own-roles")

    first.kill()
    services.until_done()

    assert services.wrongs() == []
    assert services.rows("SELECT generation, attempt FROM runs") == [(2, 1)]
    [(steps,)] = services.rows("SELECT count(*) FROM steps WHERE name = 'environment and baseline'")
    assert steps == 1


@pytest.mark.parametrize(
    ("services", "freeze"),
    [
        ("sqlite", Services.freeze),
        pytest.param("postgres", Services.freeze, marks=pytest.mark.postgres),
        pytest.param("postgres", Services.freeze_in_transaction, marks=pytest.mark.postgres),
    ],
    indirect=["services"],
)
def test_a_dispatcher_that_froze_is_taken_over_and_refused_when_it_wakes_up(
    services: Services, freeze: Callable[[Services, Service], None]
) -> None:
    first = services.start("dispatcher", "--own-roles")
    services.queue()
    services.until_event("requirement.written")
    freeze(services, first)
    services.start("dispatcher", "--own-roles")

    services.until_done()
    first.thaw()
    services.until(lambda: "run.fenced" in first.events(), "the frozen dispatcher hears that it was fenced")

    assert services.wrongs() == []
    assert first.process.poll() is None


@pytest.mark.parametrize("services", [POSTGRES], indirect=True)
def test_a_dispatcher_outlives_the_loss_of_all_its_connections(services: Services) -> None:
    dispatcher = services.start("dispatcher", "--own-roles")
    services.queue()
    services.until_event("tests.written")

    services.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    services.until_done()

    assert services.wrongs() == []
    assert dispatcher.process.poll() is None


@pytest.mark.parametrize("services", [POSTGRES], indirect=True)
def test_a_dispatcher_that_is_told_to_stop_hands_its_run_over(services: Services) -> None:
    first = services.start("dispatcher", "--own-roles")
    services.queue()
    services.until_event("baseline.measured")

    assert first.stop() == 0
    [(state, owner)] = services.rows("SELECT state, owner_slot FROM runs")
    assert (state, owner) == ("queued", None)
    assert "run.handed_over" in first.events()
    services.start("dispatcher", "--own-roles")
    services.until_done()

    assert services.wrongs() == []


def test_a_role_that_dies_in_a_call_is_asked_again_elsewhere(services: Services) -> None:
    services.queue()
    for role in (*ROLES, "sd"):
        services.start("role", role)
    services.start("dispatcher")
    working = "SELECT owner_slot FROM role_calls WHERE role = 'sd' AND state = 'running'"
    services.until(lambda: bool(services.rows(working)), "SD is at work")
    [(slot,)] = services.rows(working)

    next(one for one in services.started if one.slot == slot).kill()
    services.until_done()

    assert services.wrongs() == []
    states = services.rows("SELECT generation, state FROM role_calls WHERE role = 'sd' ORDER BY generation")
    assert states == [(1, "cancelled"), (2, "done")]


def test_a_stop_reaches_a_role_in_another_process(services: Services) -> None:
    run = services.queue()
    for role in ROLES:
        services.start("role", role)
    services.start("dispatcher")
    working = "SELECT 1 FROM role_calls WHERE role IN ('qa', 'rd', 'sd') AND state = 'running'"
    services.until(lambda: bool(services.rows(working)), "a role is at work")

    stopped = services.runs.eaa("stop", run)

    assert stopped.returncode == 0, stopped.stderr
    services.until(
        lambda: not services.rows("SELECT 1 FROM role_calls WHERE state = 'running'"), "no call is worked on"
    )
    assert services.rows("SELECT state FROM runs") == [("cancelled",)]
    assert services.runs.git("for-each-ref", "refs/heads/eaa/") == ""


@pytest.mark.parametrize("services", [POSTGRES], indirect=True)
def test_three_dispatchers_share_many_runs_without_a_double(services: Services) -> None:
    lines = [
        f"{{\"request\": \"Slugs are one character too short: slug('ab', {number}) should be 'ab'\"}}"
        for number in range(9, 13)
    ]
    (services.folder / "issues.jsonl").write_text("\n".join(lines))
    for _ in range(3):
        services.start("dispatcher", "--own-roles")

    made = services.runs.eaa(
        "task", "create", "--from", str(services.folder / "issues.jsonl"), "--repo", ".", "--offline", "--yes", "--json"
    )

    assert made.returncode == 0, made.stdout + made.stderr
    services.until(
        lambda: all(state in ("done", "waiting", "failed") for (state,) in services.rows("SELECT state FROM runs")),
        "all have ended",
    )
    rows = services.rows("SELECT run_id, count(*) FROM events WHERE type = 'run.ended' GROUP BY run_id")
    assert sorted(count for _, count in rows) == [1, 1, 1, 1]
    assert services.rows("SELECT count(*) FROM runs WHERE generation <> 1") == [(0,)]


def test_a_little_task_of_our_own_goes_through_the_whole_installation(services: Services) -> None:
    service = services.start("all", variables={"EAA_SYNTHETIC_CHECK_MINUTES": "600"})

    services.until(lambda: services.rows("SELECT state FROM runs") == [("done",)], "the check is done")

    [(source, verdict)] = services.rows("SELECT tasks.source, runs.verdict FROM runs JOIN tasks ON task_id = tasks.id")
    assert (source, verdict) == ("synthetic check", "plausible")
    with urllib.request.urlopen(f"{service.address}/readyz", timeout=60) as answer:
        parts = json.load(answer)["parts"]
    assert parts["synthetic check"] == "well"
    listed = services.runs.eaa("task", "list")
    assert listed.stdout.count("Synthetic check") == 1
