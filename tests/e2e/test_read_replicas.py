"""A gateway that reads on a replica shows what was written a moment before, and goes on without the replica."""

import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.support.real_runs import lay_out_runs
from tests.e2e.support.services import Services, services_on
from tests.e2e.test_gateway import api_of, issue
from tests.support.postgres_server import PostgresServer, postgres_server, replica_of

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
def servers(postgres_url: str) -> Iterator[tuple[PostgresServer, PostgresServer]]:
    assert postgres_url  # says whether this machine has to have one
    with postgres_server() as primary, replica_of(primary) as replica:
        yield primary, replica


@pytest.fixture
def services(servers: tuple[PostgresServer, PostgresServer], tmp_path: Path) -> Iterator[Services]:
    primary, replica = servers
    variables = {"EAA_LOG_FORMAT": "json", "EAA_DATABASE_URL": primary.url, "EAA_READ_DATABASE_URLS": replica.url}
    with services_on(replace(lay_out_runs(tmp_path), variables=variables), tmp_path, primary.url) as made:
        yield made


def test_what_was_created_is_shown_at_once(services: Services, servers: tuple[PostgresServer, PostgresServer]) -> None:
    gateway = services.start("gateway")
    api = api_of(services, gateway)

    shown = []
    for number in range(10):
        created = api.ask("POST", "/v1/tasks", issue(services, request=f"Make it {number}."))
        shown.append(api.ask("GET", f"/v1/tasks/{created['task']}")["request"])

    assert shown == [f"Make it {number}." for number in range(10)]
    with urllib.request.urlopen(f"{gateway.address}/metrics", timeout=30) as response:
        figures = response.read().decode()
    (on_replica,) = [line for line in figures.splitlines() if line.startswith('eaa_reads{on="replica"}')]
    assert float(on_replica.rpartition(" ")[2]) > 0
    servers[1].kill()
    assert len(api.ask("GET", "/v1/tasks")["data"]) == 10
    assert api.ask("GET", "/readyz")["status"] == "degraded"
