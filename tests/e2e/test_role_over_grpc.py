"""A role's process called over gRPC, while a dispatcher lets the same run go on."""

import asyncio
import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import pytest

from eaa.domain.ids import BlobId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState
from eaa.domain.role_reply import RoleDescription, RoleEvent, RoleReply
from eaa.settings import load_settings
from eaa.wire.health_pb2 import HealthCheckRequest, HealthCheckResponse
from eaa.wire.health_pb2_grpc import HealthStub
from eaa.wire.role_pb2 import CancelRequest, DescribeRequest
from eaa.wire.role_pb2_grpc import RoleStub
from eaa.wiring.rpc_clients import open_role_service
from tests.e2e.support.real_runs import lay_out_runs
from tests.e2e.support.services import Services, services_on
from tests.postgres import new_database

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]
PATIENCE_S = 120.0
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


def test_who_asks_a_role_for_what_the_dispatcher_asked_gets_the_same_call(services: Services) -> None:
    run = services.queue()
    for role in ("pm", "sa", "rd", "qa", "sre"):
        services.start("role", role)
    services.start("dispatcher")
    put = "SELECT id, brief, name FROM role_calls WHERE role = 'sd'"
    services.until(lambda: bool(services.rows(put)), "SD is asked")
    [(call, brief, _)] = services.rows(put)
    sd = services.start("role", "sd")

    described, reply, log = asyncio.run(_asked(services, sd.grpc, RunId(run), BlobId(brief), RoleCallId(call)))

    assert (described.role, described.slot) == (RoleName.SD, sd.slot)
    assert [slot for slot, _, _ in described.replicas] == ["role-sd-0"]
    assert (reply.id, reply.state) == (call, CallState.DONE)
    assert reply.artefact_json is not None
    assert json.loads(reply.artefact_json)
    assert log[-1] == reply
    assert {"run.started", "tests.written"} <= {entry.type for entry in log if isinstance(entry, RoleEvent)}
    services.until_done()
    assert services.wrongs() == []
    assert services.rows("SELECT count(*) FROM role_calls WHERE role = 'sd'") == [(1,)]
    assert sd.stop() == 0


@pytest.mark.parametrize("services", ["sqlite"], indirect=True)
def test_who_only_holds_connections_takes_no_files_from_a_role_that_works(services: Services) -> None:
    sd = services.start("role", "sd", most_files=128)
    place = urlsplit(sd.grpc)
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection((place.hostname, place.port)))
        run = services.queue()
        for role in ("pm", "sa", "rd", "qa", "sre"):
            services.start("role", role)
        services.start("dispatcher")
        services.until_done()

    assert services.wrongs() == []
    assert services.rows(f"SELECT state FROM role_calls WHERE run_id = '{run}' AND role = 'sd'") == [("done",)]
    assert sd.stop() == 0


async def _asked(
    services: Services, address: str, run: RunId, brief: BlobId, call: RoleCallId
) -> tuple[RoleDescription, RoleReply, list[RoleReply | RoleEvent]]:
    settings = load_settings(home=services.runs.home)
    async with open_role_service(settings, RoleName.SD, address, caller="dispatcher-9") as service:
        described = await service.describe()
        reply = await service.ask(brief, run_id=run, generation=1, timeout_s=PATIENCE_S)
        log = [entry async for entry in service.log(call, timeout_s=PATIENCE_S)]
    return described, reply, log


@pytest.mark.parametrize("services", ["sqlite"], indirect=True)
def test_a_persons_token_opens_a_role_for_what_it_says_and_refusals_are_kept(services: Services) -> None:
    role = services.start("role", "pm")
    token = services.runs.eaa("service-token", "role-pm", "--scope", "role.read", "--json")
    assert token.returncode == 0, token.stderr

    status, told, codes = asyncio.run(_called(role.grpc.removeprefix("grpc://"), json.loads(token.stdout)["token"]))

    assert status == HealthCheckResponse.SERVING
    assert told == "pm"
    assert codes == [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED]
    kept = services.rows("SELECT who, what, code, service FROM audit ORDER BY created_at")
    assert kept == [
        ("operator", "/eaa.v1.Role/Cancel", "token.right_missing", "role-pm-0"),
        ("unknown", "/eaa.v1.Role/Describe", "token.refused", "role-pm-0"),
    ]
    assert role.events().count("rpc.refused") == 2
    listed = json.loads(services.runs.eaa("audit", "list", "--json").stdout)["entries"]
    assert [entry["code"] for entry in listed] == ["token.refused", "token.right_missing"]
    assert "unknown at ipv4:127.0.0.1: /eaa.v1.Role/Describe refused" in services.runs.eaa("audit", "list").stdout
    assert (
        services.runs.eaa("audit", "list", "--organisation", "org_2").stdout.strip()
        == "nobody was refused, nothing was switched"
    )
    with urllib.request.urlopen(f"{role.address}/readyz") as answer:
        assert answer.status == 200
    for words in (("nobody",), ("role-pm", "--scope", "model.ask")):
        assert services.runs.eaa("service-token", *words).returncode == 2


async def _called(target: str, token: str) -> tuple[int, str, list[grpc.StatusCode]]:
    headers = (("authorization", f"Bearer {token}"),)
    async with grpc.aio.insecure_channel(target) as channel:
        health = await HealthStub(channel).Check(HealthCheckRequest(service="eaa.v1.Role"), timeout=PATIENCE_S)
        stub = RoleStub(channel)
        described = await stub.Describe(DescribeRequest(), metadata=headers, timeout=PATIENCE_S)
        refused = (
            stub.Cancel(CancelRequest(call_id="rcl_1"), metadata=headers, timeout=PATIENCE_S),
            stub.Describe(DescribeRequest(), timeout=PATIENCE_S),
        )
        return health.status, described.role, [await rpc.code() for rpc in refused]


@pytest.mark.parametrize("services", ["sqlite"], indirect=True)
def test_a_role_is_not_served_beyond_this_machine_in_the_clear(services: Services) -> None:
    refused = services.runs.eaa("serve", "role", "pm", "--port", "0", "--grpc-host", "0.0.0.0")

    assert refused.returncode == 2
    assert "in the clear" in refused.stderr
    assert "EAA_TLS_CERT_FILE" in refused.stderr
