"""A database that is away and comes back: nothing is lost or doubled, and no process has to be started again."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import lay_out_runs
from tests.e2e.support.services import Service, Services, services_on
from tests.support.postgres_server import PostgresServer, postgres_server

pytestmark = [pytest.mark.slow, pytest.mark.sandbox, pytest.mark.postgres]


@pytest.fixture
def server(postgres_url: str) -> Iterator[PostgresServer]:
    assert postgres_url  # says whether this machine has to have one
    with postgres_server() as started:
        yield started


@pytest.fixture
def services(server: PostgresServer, tmp_path: Path) -> Iterator[Services]:
    tmp_path.chmod(0o755)
    variables = {"EAA_LOG_FORMAT": "json", "EAA_DRAIN_S": "1", "EAA_DATABASE_URL": server.url}
    runs = replace(lay_out_runs(tmp_path), variables=variables)
    with services_on(runs, tmp_path, server.url) as made:
        yield made


def readiness(service: Service) -> str:
    """Return what `/readyz` says."""
    try:
        with urllib.request.urlopen(f"{service.address}/readyz", timeout=30) as response:
            said = json.load(response)
    except urllib.error.HTTPError as refused:
        said = json.load(refused)
    status: str = said["status"]
    return status


@pytest.mark.parametrize("event", ["baseline.measured", "patch.proposed"])
def test_a_run_outlives_the_restart_of_its_database_in_the_same_processes(
    services: Services, server: PostgresServer, event: str
) -> None:
    gateway, dispatcher = services.start("gateway"), services.start("dispatcher", "--own-roles")
    services.queue()
    services.until_event(event)

    server.kill()
    services.until(lambda: readiness(dispatcher) == "unready", "the dispatcher misses its database")
    assert readiness(gateway) == "unready"
    server.start()
    services.until(lambda: {readiness(gateway), readiness(dispatcher)} == {"ready"}, "both have it back")
    services.until_done()

    assert services.wrongs() == []
    assert [one.process.poll() for one in (gateway, dispatcher)] == [None, None]
