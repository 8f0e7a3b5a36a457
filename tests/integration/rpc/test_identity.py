"""Who may call what over gRPC, and what is kept of those who may not."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import grpc
import jwt
import pytest

from eaa.adapters.files.sealing import FileSealing
from eaa.adapters.jwt.service_tokens import PURPOSE, JwtServiceTokens
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.system.clock import SystemClock
from eaa.domain.audit import UNKNOWN
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.service_rights import RIGHTS
from eaa.domain.service_token import TokenRefused
from eaa.domain.shard import OrganisationElsewhere, ShardMap
from eaa.services.rpc.auditing import MOST_A_MINUTE
from eaa.wire import health_pb2, orchestrator_pb2, role_pb2
from eaa.wire.role_pb2_grpc import RoleStub
from tests.support.rpc_world import RpcWorld, asking

LONG_S = 20.0
Headers = tuple[tuple[str, str], ...]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RpcWorld]:
    async with RpcWorld(tmp_path).serving() as serving:
        yield serving


def bearer(token: str) -> Headers:
    return (("authorization", f"Bearer {token}"),)


async def refusal(world: RpcWorld, headers: Headers | None) -> grpc.aio.AioRpcError:
    async with asking(world) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=headers, timeout=LONG_S)
    return refused.value


def methods() -> list[str]:
    """Return every method of every service that proto/ describes."""
    files = (role_pb2.DESCRIPTOR, orchestrator_pb2.DESCRIPTOR, health_pb2.DESCRIPTOR)
    services = [service for file in files for service in file.services_by_name.values()]
    return [f"/{service.full_name}/{method.name}" for service in services for method in service.methods]


def test_every_method_has_a_row_in_the_table_of_rights_and_no_row_is_of_none() -> None:
    assert sorted(methods()) == sorted(RIGHTS)


def test_everything_but_health_takes_a_token() -> None:
    open_methods = {method for method, right in RIGHTS.items() if right is None}

    assert open_methods == {method for method in methods() if method.startswith("/grpc.health.v1.Health/")}


def test_the_page_about_grpc_says_what_the_table_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "grpc.md").read_text()
    rows = re.findall(r"^\| `(/[^`]+)` \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    told = {method: (scope.strip().strip("`"), who.strip()) for method, scope, who in rows}

    expected = {
        method: ("none", "anybody") if right is None else (right.scope, ", ".join(sorted(right.callers)))
        for method, right in RIGHTS.items()
    }
    assert told == expected


async def test_without_a_token_nobody_comes_in_and_it_is_kept(world: RpcWorld) -> None:
    error = await refusal(world, None)

    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert dict(error.trailing_metadata() or ())["eaa-code"] == "token.refused"
    [entry] = await world.audit.newest(DEFAULT_ORGANISATION, limit=9)
    assert (entry.who, entry.what, entry.service) == (UNKNOWN, "/eaa.v1.Role/Describe", "role-sre-0")
    assert (entry.outcome, entry.code, entry.why) == ("refused", "token.refused", "no token was sent")
    assert entry.peer == "ipv4:127.0.0.1"


async def test_a_token_for_another_service_is_refused(world: RpcWorld) -> None:
    error = await refusal(world, world.headers(audience="role-qa"))

    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    [entry] = await world.audit.newest(DEFAULT_ORGANISATION, limit=9)
    assert (entry.who, entry.why) == ("dispatcher-0", "the token is for role-qa, not for role-sre")


async def test_a_token_without_the_scope_is_refused(world: RpcWorld) -> None:
    error = await refusal(world, world.headers("role.ask"))

    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    [entry] = await world.audit.newest(DEFAULT_ORGANISATION, limit=9)
    assert (entry.who, entry.code) == ("dispatcher-0", "token.right_missing")
    assert entry.why.endswith("its token has no scope role.read")


@pytest.mark.parametrize("issuer", ["role-sd-0", "orchestrator-0", "nobody", ""])
async def test_a_service_that_may_not_call_is_refused_whatever_its_token_says(world: RpcWorld, issuer: str) -> None:
    organisation = OrganisationId("org_2")
    error = await refusal(world, world.headers(issuer=issuer, organisation_id=organisation))

    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    [entry] = await world.audit.newest(organisation, limit=9)
    assert entry.who == issuer


async def test_a_token_that_is_over_is_refused_and_one_within_the_skew_of_clocks_is_not(world: RpcWorld) -> None:
    def signed(seconds_ago: int) -> Headers:
        clock = MemoryClock(datetime.now(UTC) - timedelta(seconds=seconds_ago))
        tokens = JwtServiceTokens(world.sealing, clock=clock)
        return bearer(
            tokens.sign(issuer="dispatcher-0", audience="role-sre", scopes=("role.read",), life_s=60).reveal()
        )

    error = await refusal(world, signed(120))
    async with asking(world) as channel:
        await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=signed(70), timeout=LONG_S)
        await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=signed(-20), timeout=LONG_S)
    early = await refusal(world, signed(-120))

    assert (error.code(), error.details()) == (grpc.StatusCode.UNAUTHENTICATED, "the token is over")
    assert "does not hold yet" in (early.details() or "")


@pytest.mark.parametrize(
    ("change", "because"),
    [
        pytest.param({"exp": 3600}, "lives for 3600 s", id="an hour long"),
        pytest.param({"scope": "role.read"}, "claims cannot be read", id="scope no list"),
        pytest.param({"iat": "yesterday"}, "claims cannot be read", id="time no number"),
        pytest.param({"iss": None}, "MissingRequiredClaimError", id="nobody signed"),
    ],
)
async def test_a_token_of_ours_that_says_what_none_may_say_is_refused(
    world: RpcWorld, change: dict[str, object], because: str
) -> None:
    name, key = next(iter(world.sealing.keys_for(PURPOSE).items()))
    now_s = int(datetime.now(UTC).timestamp())
    said: dict[str, object] = {
        "iss": "dispatcher-0",
        "aud": "role-sre",
        "iat": now_s,
        "exp": now_s + int(str(change.get("exp", 60))),
        "jti": "1",
        "org": "org_default",
        "scope": ["role.read"],
    }
    said |= {claim: value for claim, value in change.items() if claim != "exp"}
    said = {claim: value for claim, value in said.items() if value is not None}
    token = jwt.encode(said, key, algorithm="HS256", headers={"kid": name, "typ": "eaa-service+jwt"})

    error = await refusal(world, bearer(token))

    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert because in (error.details() or "")


async def test_a_signature_of_somebody_else_is_refused_and_nothing_of_the_token_is_kept(
    world: RpcWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = JwtServiceTokens(FileSealing(tmp_path / "other.key"), clock=SystemClock())
    theirs = stranger.sign(issuer="dispatcher-0", audience="role-sre", scopes=("role.read",)).reveal()
    ours = dict(world.headers())["authorization"].removeprefix("Bearer ")
    head, claims, _ = ours.split(".")
    forged = f"{head}.{claims}.{theirs.split('.')[2]}"
    unsigned = jwt.encode({"iss": "dispatcher-0"}, "", algorithm="none", headers={"kid": _kid(ours)})

    for token in (theirs, forged, unsigned, "nonsense", "a.b.c"):
        error = await refusal(world, bearer(token))
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED

    entries = await world.audit.newest(DEFAULT_ORGANISATION, limit=9)
    assert {entry.who for entry in entries} == {UNKNOWN}
    kept = repr(entries) + capsys.readouterr().out
    assert "rpc.refused" in kept
    assert not any(token.split(".")[-1] in kept for token in (theirs, forged, ours))


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def test_a_rotated_key_signs_at_once_and_the_older_one_holds_until_it_is_dropped(world: RpcWorld) -> None:
    older = world.headers()
    newest = world.sealing.add_newest()
    newer = world.headers()
    assert _kid(dict(newer)["authorization"].removeprefix("Bearer ")) == newest

    async with asking(world) as channel:
        for headers in (older, newer):
            await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=headers, timeout=LONG_S)
        world.sealing.keep_newest(newest)
        await RoleStub(channel).Describe(role_pb2.DescribeRequest(), metadata=newer, timeout=LONG_S)

    assert "no key of this installation" in ((await refusal(world, older)).details() or "")


def test_no_token_is_signed_for_longer_than_five_minutes(tmp_path: Path) -> None:
    tokens = JwtServiceTokens(FileSealing(tmp_path / "master.key"), clock=SystemClock())

    for life_s in (301, 0, -1):
        with pytest.raises(ValueError, match="lives between"):
            tokens.sign(issuer="cli", audience="orchestrator", scopes=(), life_s=life_s)


def test_keys_for_tokens_are_not_the_master_keys_and_differ_by_purpose(tmp_path: Path) -> None:
    sealing = FileSealing(tmp_path / "master.key")

    keys = [sealing.keys_for(purpose) for purpose in ("service tokens 1", "something else", "service tokens 1")]

    [(name, key)] = keys[0].items()
    assert keys[0] == keys[2] != keys[1]
    assert sealing._read()[name] != key
    assert len(key) == 32


async def test_whoever_knocks_without_end_does_not_fill_the_audit_log(world: RpcWorld) -> None:
    refusals = world.guard().refusals
    refusals.clock = MemoryClock()

    for _ in range(MOST_A_MINUTE + 10):
        await refusals.note(TokenRefused("no"), method="/eaa.v1.Role/Ask", peer="ipv4:127.0.0.1", token=None)

    assert len(await world.audit.newest(DEFAULT_ORGANISATION, limit=10_000)) == MOST_A_MINUTE


def test_a_token_on_the_account_of_another_shards_organisation_is_not_taken(tmp_path: Path) -> None:
    placed = ShardMap({"second": frozenset({OrganisationId("org_acme")})})
    sealing, clock = FileSealing(tmp_path / "master.key"), SystemClock()
    here, there = (
        JwtServiceTokens(sealing, clock=clock, require_here=partial(placed.require, here=shard))
        for shard in ("main", "second")
    )
    token = here.sign(issuer="cli", audience="orchestrator", scopes=(), organisation_id=OrganisationId("org_acme"))

    assert there.read(token, audience="orchestrator").organisation_id == "org_acme"
    with pytest.raises(OrganisationElsewhere, match="on shard second"):
        here.read(token, audience="orchestrator")


async def test_calls_are_counted_with_how_they_ended(world: RpcWorld) -> None:
    token = world.tokens.sign(issuer="cli", audience="role-sre", scopes=("role.read",)).reveal()
    async with asking(world) as channel:
        stub = RoleStub(channel)
        await stub.Describe(role_pb2.DescribeRequest(), metadata=bearer(token), timeout=LONG_S)
    await refusal(world, None)

    lines = list(world.meters.lines())
    assert 'eaa_grpc_calls_total{method="/eaa.v1.Role/Describe",status="OK"} 1' in lines
    assert 'eaa_grpc_calls_total{method="/eaa.v1.Role/Describe",status="UNAUTHENTICATED"} 1' in lines
    assert 'eaa_grpc_call_seconds_count{method="/eaa.v1.Role/Describe"} 2' in lines
    assert "eaa_grpc_calls_under_way 0" in lines
