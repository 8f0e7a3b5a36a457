"""The commands that serve; each loads what it needs when it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eaa.cli.running import run_async
from eaa.domain.role import RoleName

if TYPE_CHECKING:
    from eaa.wiring.place import Place

serve = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Processes that other programs talk to.")

Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]


@serve.command("orchestrator", epilog="Example: eaa serve orchestrator --port 8421")
def orchestrator(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8421,
    tls_certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="PEM file; speaks TLS.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="PEM file of its private key.")
    ] = None,
    is_behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="A proxy in front speaks TLS; needed beyond this machine without one.")
    ] = False,
    allowed_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name by which callers reach it, beside --host.")
    ] = None,
    grpc_host: Annotated[
        str | None,
        typer.Option(help="The address for gRPC, by default --host; 127.0.0.1 with --behind-tls."),
    ] = None,
    grpc_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port of gRPC; ten above --port, a free one with 0.")
    ] = None,
    grace_s: Annotated[
        float, typer.Option(min=0, help="Seconds that answers may go on after it was told to stop.")
    ] = 30.0,
    is_json: Json = False,
) -> None:
    """Serve every model of models.toml in OpenAI's words, with fallback, budgets and cache."""
    from eaa.cli.serve import serve_orchestrator
    from eaa.wiring.orchestrator import OrchestratorPlace
    from eaa.wiring.rpc_place import RpcPlace

    # A proxy that speaks TLS in front of HTTP is a neighbour, and gRPC stays with it unless somebody says otherwise.
    own_host = "127.0.0.1" if is_behind_tls else host
    own_port = port + 10 if 0 < port <= 65525 else 0
    place = OrchestratorPlace(
        host=host,
        port=port,
        certificate=tls_certificate,
        certificate_key=tls_key,
        is_behind_tls=is_behind_tls,
        names=tuple(allowed_host or ()),
        grace_s=grace_s,
        grpc=RpcPlace(grpc_host or own_host, own_port if grpc_port is None else grpc_port, tls_certificate, tls_key),
    )
    raise typer.Exit(run_async(serve_orchestrator(place, is_json=is_json)))


_Host = Annotated[str, typer.Option(help="The address to listen on; it answers /livez, /readyz and /metrics.")]
_HealthPort = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]

_GrpcHost = Annotated[
    str | None, typer.Option(help="The address for gRPC, by default --host; beyond this machine only with TLS.")
]


@serve.command("dispatcher", epilog="Example: eaa serve dispatcher")
def dispatcher(
    *,
    host: _Host = "127.0.0.1",
    port: _HealthPort = 8423,
    has_own_roles: Annotated[
        bool, typer.Option("--own-roles", help="Let the roles work in this process, without services of their own.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Work on queued runs, and take over what processes that are gone worked on."""
    from eaa.cli.serve_workers import serve_dispatcher

    work = serve_dispatcher(host=host, port=port, has_own_roles=has_own_roles, is_json=is_json)
    raise typer.Exit(run_async(work))


@serve.command("role", epilog="Example: eaa serve role qa --at-once 2")
def role_service(
    name: Annotated[RoleName, typer.Argument(metavar="NAME", help="pm, sa, rd, sd, qa or sre.")],
    *,
    host: _Host = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; 8450 to 8455 in the order pm sa rd sd qa sre.")
    ] = None,
    grpc_host: _GrpcHost = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="The port of gRPC; 8440 to 8445 in the order pm sa rd sd qa sre, a free one with 0 or --port 0.",
        ),
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, help="Calls that this process works on at the same time.")] = 2,
    everywhere: Annotated[
        int | None, typer.Option(min=1, help="Calls of the role that run at the same time in the whole installation.")
    ] = None,
    an_organisation: Annotated[int | None, typer.Option(min=1, help="Of them, calls of one organisation.")] = None,
    starts_a_minute: Annotated[int | None, typer.Option(min=1, help="Calls that may begin in a minute.")] = None,
    is_json: Json = False,
) -> None:
    """Work on the calls of one role."""
    from eaa.cli.serve_workers import serve_role
    from eaa.domain.role_call import QueueLimits
    from eaa.wiring.rpc_place import RpcPlace
    from eaa.wiring.workers import HEALTH_OFFSET, ROLE_PORTS

    limits = QueueLimits(at_once=everywhere, at_once_an_organisation=an_organisation, starts_a_minute=starts_a_minute)
    chosen = ROLE_PORTS[name] + HEALTH_OFFSET if port is None else port
    own_port = 0 if port == 0 else ROLE_PORTS[name]
    grpc = RpcPlace(grpc_host or host, own_port if grpc_port is None else grpc_port)
    work = serve_role(name, host=host, port=chosen, grpc=grpc, at_once=at_once, limits=limits, is_json=is_json)
    raise typer.Exit(run_async(work))


_Certificate = Annotated[
    Path | None,
    typer.Option("--tls-certificate", metavar="FILE", exists=True, dir_okay=False, help="PEM file; speaks TLS."),
]
_CertificateKey = Annotated[
    Path | None,
    typer.Option("--tls-key", metavar="FILE", exists=True, dir_okay=False, help="PEM file of its private key."),
]
_BehindTls = Annotated[
    bool, typer.Option("--behind-tls", help="A proxy in front speaks TLS; needed beyond this machine without one.")
]
_AllowedHosts = Annotated[
    list[str] | None,
    typer.Option("--allowed-host", metavar="NAME", help="A name by which callers reach it, beside --host."),
]
_GatewayHost = Annotated[str, typer.Option(help="The address to listen on.")]
_GatewayPort = Annotated[int, typer.Option(min=0, max=65535, help="The port of the HTTP API; 0 takes a free one.")]


@serve.command("gateway", epilog="Example: eaa serve gateway --port 8420")
def gateway(
    *,
    host: _GatewayHost = "127.0.0.1",
    port: _GatewayPort = 8420,
    certificate: _Certificate = None,
    certificate_key: _CertificateKey = None,
    is_behind_tls: _BehindTls = False,
    allowed_hosts: _AllowedHosts = None,
    is_json: Json = False,
) -> None:
    """Serve the HTTP API: tasks, runs, approvals, questions and events."""
    need_server()
    from eaa.cli.serve_gateway import serve_gateway

    place = _place(host, port, certificate, certificate_key, is_behind_tls, allowed_hosts)
    raise typer.Exit(run_async(serve_gateway(place, is_json=is_json)))


@serve.command("all", epilog="Example: eaa serve all")
def everything(
    *,
    host: _GatewayHost = "127.0.0.1",
    port: _GatewayPort = 8420,
    certificate: _Certificate = None,
    certificate_key: _CertificateKey = None,
    is_behind_tls: _BehindTls = False,
    allowed_hosts: _AllowedHosts = None,
    is_json: Json = False,
) -> None:
    """Serve everything in this process, as `eaa up` does."""
    need_server()
    from eaa.cli.up import up_in_one_process

    place = _place(host, port, certificate, certificate_key, is_behind_tls, allowed_hosts)
    raise typer.Exit(run_async(up_in_one_process(place, is_json=is_json)))


def up(
    *,
    host: _GatewayHost = "127.0.0.1",
    port: _GatewayPort = 8420,
    has_processes: Annotated[
        bool, typer.Option("--processes", help="A process for each service, watched and started again when it falls.")
    ] = False,
    replicas: Annotated[int, typer.Option(min=1, help="With --processes: how many of each worker.")] = 1,
    certificate: _Certificate = None,
    certificate_key: _CertificateKey = None,
    is_behind_tls: _BehindTls = False,
    allowed_hosts: _AllowedHosts = None,
    is_json: Json = False,
) -> None:
    """Serve the whole system: queued tasks are worked on until it is told to stop."""
    need_server()
    from eaa.cli.up import up_in_one_process, up_in_processes

    place = _place(host, port, certificate, certificate_key, is_behind_tls, allowed_hosts)
    if has_processes:
        work = up_in_processes(place, replicas=replicas, is_json=is_json)
    else:
        work = up_in_one_process(place, is_json=is_json)
    raise typer.Exit(run_async(work))


def need_server() -> None:
    """Say what is missing where only the core was installed.

    Raises:
        InvalidRequest: The web server is not installed.
    """
    from importlib.util import find_spec

    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        from eaa.domain.errors import InvalidRequest

        raise InvalidRequest("the parts that serve are not installed", hint="pip install 'eaa[server]'")


def _place(
    host: str,
    port: int,
    certificate: Path | None,
    certificate_key: Path | None,
    is_behind_tls: bool,
    allowed_hosts: list[str] | None,
) -> "Place":
    from eaa.wiring.place import Place

    return Place(
        host=host,
        port=port,
        certificate=certificate,
        certificate_key=certificate_key,
        is_behind_tls=is_behind_tls,
        names=tuple(allowed_hosts or ()),
    )


def token(
    *,
    role: Annotated[list[RoleName], typer.Option(help="A role it may ask as; may be given several times.")],
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 90, help="How long it holds.")] = 24.0,
    organisation: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose account it asks on; the default organisation's otherwise.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Print a token for the orchestrator that may ask as these roles only."""
    from eaa.cli.serve import print_token

    work = print_token(tuple(role), hours=hours, organisation=organisation, is_json=is_json)
    raise typer.Exit(run_async(work))


def service_token(
    audience: Annotated[str, typer.Argument(metavar="SERVICE", help="orchestrator, or role-pm, role-sa, … role-sre.")],
    *,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may be used for; may be given several times. By default all.")
    ] = None,
    seconds: Annotated[int, typer.Option(min=1, max=300, help="How long it holds.")] = 300,
    organisation: Annotated[
        str | None, typer.Option(metavar="ID", help="On whose account; the default organisation's otherwise.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Print a token with which a program of yours calls a service over gRPC for some minutes."""
    from eaa.cli.service_token import print_service_token

    work = print_service_token(
        audience, scopes=frozenset(scope or ()), seconds=seconds, organisation=organisation, is_json=is_json
    )
    raise typer.Exit(run_async(work))
