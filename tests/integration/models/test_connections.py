"""Connections that cannot be made, and roundabout ones: proxies and own certificates."""

import socket
from pathlib import Path

import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.models.http_models import HttpModels, open_models
from eaa.domain.model import Deadlines
from eaa.domain.model_errors import ModelFault, ModelTimeout, ModelUnreachable, RequestRefused
from eaa.ports.models import Route
from tests.loopback.models import serving_models
from tests.loopback.proxy import serving_proxy
from tests.model_makers import ask, make_route
from tests.support.certificates import make_loopback_tls


async def fault_of(models: HttpModels, route: Route) -> ModelFault:
    """Return the fault of a call, which must be the same for a stream."""
    with pytest.raises(ModelFault) as whole:
        await models.complete(ask(), route)
    with pytest.raises(ModelFault) as streamed:
        async for _ in models.stream(ask(), route):
            pass
    assert (type(whole.value), str(whole.value)) == (type(streamed.value), str(streamed.value))
    assert "sk-loopback" not in str(whole.value)
    return whole.value


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_refused_connection_says_that_nothing_listens() -> None:
    async with open_models(clock=MemoryClock()) as models:
        fault = await fault_of(models, make_route(base_url=f"http://127.0.0.1:{closed_port()}/v1"))

    assert isinstance(fault, ModelUnreachable)
    assert "nothing listens there" in str(fault)
    assert "base_url" in fault.hint


async def test_an_unknown_name_is_named() -> None:
    async with open_models(clock=MemoryClock()) as models:
        fault = await fault_of(models, make_route(base_url="http://no-such-machine.invalid/v1"))

    assert isinstance(fault, ModelUnreachable)
    assert "no machine is called no-such-machine.invalid" in str(fault)


@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1/v1", "http://:80", "http://127.0.0.1:99999/v1"])
async def test_what_is_no_address_is_said_to_be_none(address: str) -> None:
    async with open_models(clock=MemoryClock()) as models:
        fault = await fault_of(models, make_route(base_url=address))

    assert isinstance(fault, ModelUnreachable)


async def test_tls_to_a_server_without_it_is_explained() -> None:
    async with serving_models() as server, open_models(clock=MemoryClock()) as models:
        fault = await fault_of(models, make_route(base_url=server.address.replace("http:", "https:") + "/v1"))

    assert isinstance(fault, ModelUnreachable)
    assert "no TLS connection" in str(fault)
    assert "http://" in fault.hint


async def test_an_untrusted_certificate_is_explained_and_a_named_one_is_trusted(tmp_path: Path) -> None:
    tls = make_loopback_tls(tmp_path)
    async with serving_models(tls=tls.server) as server, open_models(clock=MemoryClock()) as models:
        fault = await fault_of(models, make_route(base_url=server.address + "/v1"))
        completion = await models.complete(ask(), make_route(base_url=server.address + "/v1", ca_file=tls.ca_file))

    assert isinstance(fault, ModelUnreachable)
    assert "is not trusted" in str(fault)
    assert "ca_file" in fault.hint
    assert completion.text


async def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    async with open_models(clock=MemoryClock()) as models:
        for name in ("missing.pem", "empty.pem"):
            fault = await fault_of(models, make_route(base_url="https://127.0.0.1:9/v1", ca_file=str(tmp_path / name)))
            assert isinstance(fault, ModelUnreachable)
            assert "ca_file" in str(fault)


async def test_a_connection_that_nobody_accepts_has_a_deadline() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        async with open_models(clock=MemoryClock()) as models:
            route = make_route(base_url=f"http://127.0.0.1:{port}/v1", deadlines=Deadlines(connect_s=0.2))
            fault = await fault_of(models, route)
        for client in waiting:
            client.close()

    assert isinstance(fault, ModelTimeout)
    assert (fault.phase, fault.limit_s) == ("connection", 0.2)


async def test_plain_and_tls_requests_go_through_a_proxy(tmp_path: Path) -> None:
    tls = make_loopback_tls(tmp_path)
    async with (
        serving_proxy() as proxy,
        serving_models() as plain,
        serving_models(tls=tls.server) as secret,
        open_models(clock=MemoryClock()) as models,
    ):
        first = await models.complete(ask(), make_route(base_url=plain.address + "/v1", proxy=proxy.address))
        second = await models.complete(
            ask(), make_route(base_url=secret.address + "/v1", proxy=proxy.address, ca_file=tls.ca_file)
        )

    assert first.text == second.text
    assert proxy.targets == [
        f"POST {plain.address}/v1/chat/completions",
        f"CONNECT {secret.address.removeprefix('https://')}",
    ]


async def test_a_proxy_that_refuses_or_is_not_there_is_told_apart(tmp_path: Path) -> None:
    async with (
        serving_proxy(refusal="407 Proxy Authentication Required") as proxy,
        open_models(clock=MemoryClock()) as models,
    ):
        refused = await fault_of(models, make_route(base_url="https://127.0.0.1:9/v1", proxy=proxy.address))
        missing = await fault_of(
            models, make_route(base_url="https://127.0.0.1:9/v1", proxy=f"http://127.0.0.1:{closed_port()}")
        )

    assert isinstance(refused, ModelUnreachable)
    assert "refuses to connect" in str(refused)
    assert "(407)" in str(refused)
    assert isinstance(missing, ModelUnreachable)
    assert "the proxy of provider loopback cannot be reached" in str(missing)


async def test_a_key_with_a_line_break_is_refused_without_being_shown() -> None:
    async with serving_models() as server, open_models(clock=MemoryClock()) as models:
        fault = await fault_of(models, make_route(base_url=server.address + "/v1", key="sk-loopback\r\nX: y"))

    assert isinstance(fault, RequestRefused)
    assert "line break" in str(fault)


async def test_a_long_prompt_arrives_whole() -> None:
    text = "All of it. " * 200_000
    async with serving_models() as server, open_models(clock=MemoryClock()) as models:
        await models.complete(ask(text), make_route(base_url=server.address + "/v1"))

    assert server.requests[0].content()["messages"][0]["content"] == text
