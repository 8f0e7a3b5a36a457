"""TLS and mutual TLS of a gRPC door, by certificate files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from eaa.adapters.rpc.calling import Calling
from eaa.adapters.rpc.channel import ClientTls, open_channel
from eaa.adapters.rpc.role_client import RoleClient
from eaa.adapters.sql.migrate import upgrade
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.role import RoleName
from eaa.domain.service_errors import ServiceUnreachable
from eaa.domain.service_token import CertificateMismatch
from eaa.services.rpc.meters import RpcMeters
from eaa.services.rpc.server import Tls
from eaa.services.rpc.visit import Door
from eaa.settings import Settings, load_settings
from eaa.wire.health_pb2 import HealthCheckRequest
from eaa.wire.health_pb2_grpc import HealthStub
from eaa.wiring.rpc import open_rpc
from eaa.wiring.rpc_clients import open_role_service
from eaa.wiring.rpc_place import RpcPlace
from eaa.wiring.storage import database_url
from tests.support.certificates import make_loopback_tls
from tests.support.rpc_world import RpcWorld

Pem = tuple[bytes, bytes]


def made(folder: Path, *uris: str) -> Pem:
    """Make a certificate that signs itself, and its key."""
    folder.mkdir()
    make_loopback_tls(folder, *uris)
    return (folder / "ca.pem").read_bytes(), (folder / "key.pem").read_bytes()


@asynccontextmanager
async def client(world: RpcWorld, tls: ClientTls | None) -> AsyncIterator[RoleClient]:
    calling = Calling(
        address=world.address,
        sign=lambda scope, _: world.tokens.sign(issuer="cli", audience="role-sre", scopes=(scope,)),
        tries=1,
    )
    async with open_channel(world.address, tls) as channel:
        yield RoleClient(channel, calling, short_s=10.0)


async def test_a_service_with_a_certificate_is_spoken_to_by_who_trusts_it(tmp_path: Path) -> None:
    certificate, key = made(tmp_path / "server")
    other, _ = made(tmp_path / "other")
    world = RpcWorld(tmp_path)
    async with world.serving(tls=Tls(certificate, key)):
        assert world.address.startswith("grpcs://127.0.0.1:")
        async with client(world, ClientTls(ca=certificate)) as trusting:
            assert (await trusting.describe()).role is RoleName.SRE
        for doubting in (ClientTls(ca=other), None):
            async with client(world, doubting) as refusing:
                with pytest.raises(ServiceUnreachable):
                    await refusing.describe()


async def test_mutual_tls_lets_in_only_who_shows_a_certificate_of_the_authority(tmp_path: Path) -> None:
    certificate, key = made(tmp_path / "server")
    known, known_key = made(tmp_path / "known")
    stranger, stranger_key = made(tmp_path / "stranger")
    world = RpcWorld(tmp_path)
    async with world.serving(tls=Tls(certificate, key, client_ca=known)):
        async with client(world, ClientTls(ca=certificate, certificate=known, key=known_key)) as shown:
            assert (await shown.describe()).role is RoleName.SRE
        for tls in (ClientTls(ca=certificate), ClientTls(ca=certificate, certificate=stranger, key=stranger_key)):
            async with client(world, tls) as refused:
                with pytest.raises(ServiceUnreachable):
                    await refused.describe()


@pytest.mark.parametrize(
    ("uris", "is_let_in"),
    [
        ((), True),
        (("https://elsewhere.invalid/eaa/dispatcher",), True),
        (("spiffe://corp.example/eaa/cli",), True),
        (("spiffe://corp.example/eaa/role-sd", "spiffe://corp.example/eaa/cli"), True),
        (("spiffe://corp.example/eaa/dispatcher",), False),
        (("spiffe://corp.example/eaa/cl",), False),
    ],
    ids=["no name", "another uri", "its own", "one of two", "another service", "a beginning of its name"],
)
async def test_a_token_counts_only_with_the_certificate_of_who_signed_it(
    tmp_path: Path, uris: tuple[str, ...], is_let_in: bool
) -> None:
    certificate, key = made(tmp_path / "server")
    own, own_key = made(tmp_path / "client", *uris)
    world = RpcWorld(tmp_path)
    shown = ClientTls(ca=certificate, certificate=own, key=own_key)
    async with world.serving(tls=Tls(certificate, key, client_ca=own)), client(world, shown) as caller:
        if is_let_in:
            assert (await caller.describe()).role is RoleName.SRE
        else:
            with pytest.raises(CertificateMismatch, match="the token is of cli") as refusal:
                await caller.describe()
            assert "docs/grpc.md" in refusal.value.hint
    entries = await world.audit.newest(DEFAULT_ORGANISATION, limit=5)
    assert [(entry.who, entry.code) for entry in entries] == ([] if is_let_in else [("cli", "token.certificate")])


async def test_a_plain_channel_gets_no_answer_from_a_service_with_tls(tmp_path: Path) -> None:
    certificate, key = made(tmp_path / "server")
    world = RpcWorld(tmp_path)
    async with world.serving(tls=Tls(certificate, key)), grpc.aio.insecure_channel(world.target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await HealthStub(channel).Check(HealthCheckRequest(), timeout=10)

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    "url", ["grpc://10.0.0.7:8443", "http://127.0.0.1:8443", "127.0.0.1:8443", "grpc://eaa.example:1"]
)
async def test_no_token_is_sent_over_a_network_in_the_clear(url: str) -> None:
    with pytest.raises(InvalidRequest, match="asked safely"):
        async with open_channel(url):
            pass


async def opened(settings: Settings, host: str = "127.0.0.1", doors: tuple[Door, ...] = ()) -> None:
    async with open_rpc(doors, settings, RpcPlace(host, 0), audience="role-sd", slot="role-sd-0", meters=RpcMeters()):
        pass


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7"])
async def test_beyond_this_machine_nothing_is_served_without_tls(tmp_path: Path, host: str) -> None:
    with pytest.raises(InvalidRequest, match="in the clear") as refused:
        await opened(load_settings(home=tmp_path), host)

    assert "EAA_TLS_CERT_FILE" in refused.value.hint


async def test_files_of_tls_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    made(tmp_path / "server")
    made(tmp_path / "other")
    certificate, key = tmp_path / "server" / "ca.pem", tmp_path / "server" / "key.pem"
    other = tmp_path / "other" / "key.pem"
    (tmp_path / "text").write_text("hello")
    wrong = [
        ({"tls_cert_file": certificate}, "only one of the two"),
        ({"tls_key_file": key}, "only one of the two"),
        ({"tls_client_ca_file": certificate}, "without a certificate there is no TLS"),
        ({"tls_cert_file": tmp_path / "nobody", "tls_key_file": key}, "nobody cannot be read"),
        ({"tls_cert_file": tmp_path / "text", "tls_key_file": key}, "text is no PEM file"),
        ({"tls_cert_file": certificate, "tls_key_file": other}, "do not belong together"),
    ]

    for flags, because in wrong:
        with pytest.raises(InvalidRequest, match=because):
            await opened(load_settings(home=tmp_path, **flags))


async def test_a_port_that_is_taken_is_an_error_and_not_shared(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    place = RpcPlace("127.0.0.1", 0)
    async with open_rpc((), settings, place, audience="a", slot="a-0", meters=RpcMeters()) as address:
        taken = RpcPlace("127.0.0.1", int(address.rpartition(":")[2]))
        with pytest.raises(InvalidRequest, match="nothing can listen"):
            async with open_rpc((), settings, taken, audience="a", slot="a-0", meters=RpcMeters()):
                pass


async def test_the_files_of_the_settings_serve_and_are_shown_by_clients(tmp_path: Path) -> None:
    made(tmp_path / "server")
    certificate, key = tmp_path / "server" / "ca.pem", tmp_path / "server" / "key.pem"
    settings = load_settings(
        home=tmp_path,
        tls_cert_file=certificate,
        tls_key_file=key,
        tls_client_ca_file=certificate,
        tls_ca_file=certificate,
    )
    await upgrade(database_url(settings))
    world = RpcWorld(tmp_path)
    door = world.door().door()
    async with (
        open_rpc(
            (door,), settings, RpcPlace("0.0.0.0", 0), audience="role-sre", slot="role-sre-0", meters=RpcMeters()
        ) as address,
        open_role_service(
            settings, RoleName.SRE, address.replace("0.0.0.0", "127.0.0.1"), caller="dispatcher-0"
        ) as service,
    ):
        assert (await service.describe()).slot == "role-sre-0"
