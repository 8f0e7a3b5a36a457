"""Who may come in, and in which words the others are turned away. Raw HTTP, as any client would speak it."""

import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest

from eaa.domain.ask import Account
from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.model import Locality
from eaa.domain.role import RoleName
from eaa.domain.shard import MAIN, ShardMap
from tests.support.orchestrator_world import OWNER, ServiceWorld, make_loop_model, serving_orchestrator

HELLO = {"model": "loop", "messages": [{"role": "user", "content": "Hello"}]}
LATER = timedelta(hours=1)


@pytest.fixture
async def world() -> AsyncIterator[ServiceWorld]:
    async with serving_orchestrator() as opened:
        yield opened


async def post(
    world: ServiceWorld, body: Any, *, token: str = OWNER, path: str = "/v1/chat/completions", **headers: str
) -> tuple[int, Any, Any]:
    """Post and return (status, headers, JSON)."""
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): text for name, text in headers.items()}
    async with aiohttp.ClientSession() as session:
        content = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        async with session.post(world.address + path, headers=sent, data=content) as response:
            return response.status, response.headers, await response.json()


def signed(world: ServiceWorld, *roles: RoleName, organisation: str = DEFAULT_ORGANISATION) -> str:
    until = datetime.now(UTC) + LATER
    token = world.tokens.sign(roles=frozenset(roles), organisation_id=OrganisationId(organisation), until=until)
    return token.reveal()


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic " + OWNER, "Bearer eaa1.e30.e30"])
async def test_without_a_token_of_ours_nothing_is_served(world: ServiceWorld, authorization: str) -> None:
    status, headers, said = await post(world, HELLO, Authorization=authorization)

    assert (status, said["error"]["code"]) == (401, "invalid_api_key")
    assert headers["WWW-Authenticate"] == "Bearer"
    assert "EAA_HOME/token" in said["error"]["message"]
    assert world.upstream.requests == []


async def test_a_token_for_a_role_asks_as_that_role_and_no_other(world: ServiceWorld) -> None:
    token = signed(world, RoleName.QA)

    unsaid, _, _ = await post(world, HELLO, token=token)
    own, _, _ = await post(world, HELLO | {"eaa": {"role": "qa"}}, token=token)
    other, _, said = await post(world, HELLO | {"eaa": {"role": "sd"}}, token=token)

    assert (unsaid, own, other) == (200, 200, 403)
    assert said["error"]["code"] == "identity.role_forbidden"
    await world.desk.usage.flush()
    calls = world.door.meters.calls
    assert calls.total("loop", "qa", "answered") == 2
    assert calls.total("loop", "sd", "answered") == 0


async def test_a_token_for_several_roles_must_say_which(world: ServiceWorld) -> None:
    token = signed(world, RoleName.QA, RoleName.SD)

    status, _, said = await post(world, HELLO, token=token)

    assert status == 403
    assert "names none" in said["error"]["message"]


async def test_a_role_holds_for_vectors_too(world: ServiceWorld) -> None:
    body = {"model": "loop", "input": "text", "eaa": {"role": "sd"}}

    status, _, _ = await post(world, body, token=signed(world, RoleName.QA), path="/v1/embeddings")

    assert status == 403


async def test_the_organisation_is_the_tokens(world: ServiceWorld) -> None:
    limit = Amount(cost_microusd=0, unpriced_tokens=0)
    other = OrganisationId("org_other")
    await world.desk.budgets.set_limit(other, Scope(ScopeKind.USER, "ada"), limit)
    body = HELLO | {"eaa": {"account": {"user": "ada"}}}

    own, _, _ = await post(world, body)
    theirs, headers, said = await post(world, body, token=signed(world, RoleName.PM, organisation="org_other"))
    claimed, _, refusal = await post(world, HELLO | {"eaa": {"account": {"organisation": "org_other"}}})

    assert own == 200
    assert (theirs, said["error"]["code"], said["error"]["eaa"]["code"]) == (
        402,
        "insufficient_quota",
        "budget.exhausted",
    )
    assert headers.get("Retry-After") is None
    assert (claimed, refusal["error"]["code"]) == (403, "identity.organisation_forbidden")


async def test_an_organisation_of_another_shard_is_told_where_to_go() -> None:
    placed = ShardMap({"second": frozenset({OrganisationId("org_other")})})

    async with serving_orchestrator(require_here=partial(placed.require, here=MAIN)) as world:
        own, _, _ = await post(world, HELLO)
        theirs, _, said = await post(world, HELLO, token=signed(world, RoleName.PM, organisation="org_other"))

    assert own == 200
    assert (theirs, said["error"]["code"]) == (421, "organisation.elsewhere")
    assert "on shard second" in said["error"]["message"]


async def test_a_token_that_is_over_or_was_changed_is_refused(world: ServiceWorld) -> None:
    roles = frozenset({RoleName.QA})
    over = world.tokens.sign(roles=roles, organisation_id=DEFAULT_ORGANISATION, until=datetime.now(UTC) - LATER)
    head, claims, seal = signed(world, RoleName.QA).split(".")
    changed = f"{head}.{signed(world, RoleName.SD).split('.')[1]}.{seal}"

    first, _, said = await post(world, HELLO, token=over.reveal())
    second, _, _ = await post(world, HELLO, token=changed)

    assert (first, second) == (401, 401)
    assert "is over" in said["error"]["message"]
    assert claims


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:8421"}, 421),
        ({"Content_Type": "text/plain"}, 415),
    ],
    ids=str,
)
async def test_web_pages_and_wrong_names_are_turned_away(
    world: ServiceWorld, headers: dict[str, str], status: int
) -> None:
    got, said_headers, said = await post(world, b"{}", **headers)

    assert got == status
    assert said["error"]["code"] == "request.not_served"
    assert not any(name.lower().startswith("access-control") for name in said_headers)


async def test_too_large_a_body_is_refused_in_words(world: ServiceWorld) -> None:
    status, _, said = await post(world, b'"' + b"x" * (33 << 20) + b'"')

    assert (status, said["error"]["code"]) == (413, "request.not_served")


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"messages": []}, "messages", "length"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "got `int`"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role", "wizard"),
        ({"messages": [{"role": "tool", "tool_call_id": "c", "content": "x"}]}, "messages[0].tool_call_id", "no tool"),
        ({"temperature": "hot"}, "temperature", "got `str`"),
        ({"temperature": 3}, "temperature", "<= 2"),
        ({"n": 2}, "n", "one answer"),
        ({"logprobs": True}, "logprobs", "not given"),
        ({"functions": []}, "functions", "`tools`"),
        ({"tools": [{"type": "function", "function": {"name": "a", "parameters": []}}]}, "tools[0].function.parameters",
         "an object"),
        ({"tool_choice": {"type": "function", "function": {"name": "b"}}}, "tool_choice", "no tool is called b"),
        ({"response_format": {"type": "json_schema"}}, "response_format", "json_schema"),
        ({"eaa": {"sensitivty": "sensitive"}}, "eaa", "sensitivty"),
        ({"eaa": {"role": "boss"}}, "eaa.role", "boss"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a/b.png"}}]}]},
         "messages[0].content[0].image_url.url", "No address is fetched"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url":
          "data:image/png;base64,%%%"}}]}]}, "messages[0].content[0].image_url.url", "base64"),
    ],
    ids=str,
)  # fmt: skip
async def test_a_wrong_body_is_refused_with_the_place(
    world: ServiceWorld, change: dict[str, Any], place: str, words: str
) -> None:
    status, _, said = await post(world, HELLO | change)

    assert (status, said["error"]["type"]) == (400, "invalid_request_error")
    assert said["error"]["param"] == place
    assert words in said["error"]["message"]
    assert world.upstream.requests == []


@pytest.mark.parametrize(
    "change",
    [{"user": "a\0b"}, {"eaa": {"account": {"team": "a\0b"}}}, {"eaa": {"tags": ["a\0b"]}}, {"seed": 10**30},
     {"user": "a\ud800b"}, {"messages": [{"role": "user", "content": "a\ud800b"}]},
     {"tools": [{"type": "function", "function": {"name": "a\0b", "parameters": {"not": "\ud800"}}}]}],
    ids=ascii,
)  # fmt: skip
async def test_what_can_be_neither_kept_nor_sent_is_refused(world: ServiceWorld, change: dict[str, Any]) -> None:
    status, _, said = await post(world, HELLO | change)

    assert (status, said["error"]["type"]) == (400, "invalid_request_error")
    assert world.upstream.requests == []


async def test_what_is_not_json_is_refused(world: ServiceWorld) -> None:
    for body in (b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"model":' * 100_000):
        status, _, said = await post(world, body)
        assert (status, said["error"]["code"]) == (400, "invalid_request"), body


async def test_fields_of_openais_that_are_unknown_here_are_tolerated(world: ServiceWorld) -> None:
    body = HELLO | {"store": False, "metadata": {"a": "b"}, "logit_bias": {}, "service_tier": "auto", "novelty": [1]}

    status, _, _ = await post(world, body)

    assert status == 200


async def test_an_unknown_model_is_404_and_its_hint_names_the_others(world: ServiceWorld) -> None:
    status, _, said = await post(world, HELLO | {"model": "nobody"})

    assert (status, said["error"]["code"]) == (404, "model_not_found")
    assert "auto, loop" in said["error"]["message"]


async def test_sensitive_work_is_refused_rather_than_sent_to_a_cloud(world: ServiceWorld) -> None:
    status, _, said = await post(world, HELLO | {"model": "auto", "eaa": {"sensitivity": "sensitive"}})

    assert (status, said["error"]["code"]) == (403, "sensitive_stays_on_premise")
    assert "does not go to a cloud" in said["error"]["message"]
    assert world.upstream.requests == []


async def test_sensitive_work_goes_to_a_model_of_ones_own() -> None:
    models = [make_loop_model("loop"), make_loop_model("own", wire_name="loop-2", locality=Locality.ON_PREMISE)]
    async with serving_orchestrator(models=models) as world:
        status, _, said = await post(world, HELLO | {"eaa": {"sensitivity": "sensitive"}})

    assert (status, said["model"]) == (200, "own")


async def test_a_rate_limit_says_when_to_come_back(world: ServiceWorld) -> None:
    world.upstream.will_fail("429 with seconds")

    status, headers, said = await post(world, HELLO)

    assert (status, said["error"]["code"], headers["Retry-After"]) == (429, "rate_limit_exceeded", "7")


async def test_everything_failed_names_the_tries() -> None:
    models = [make_loop_model("loop"), make_loop_model("spare", wire_name="loop-2")]
    async with serving_orchestrator(models=models) as world:
        world.upstream.will_fail("503", "500")
        status, headers, said = await post(world, HELLO)

    assert (status, said["error"]["code"], headers["x-should-retry"]) == (503, "model.all_failed", "false")
    assert [failure["model"] for failure in said["error"]["eaa"]["failures"]] == ["loop", "spare"]


async def test_an_unknown_address_is_404_in_the_same_shape(world: ServiceWorld) -> None:
    status, headers, said = await post(world, {}, path="/v1/completions")

    assert (status, said["error"]["code"]) == (404, "request.not_served")
    assert headers["x-request-id"].startswith("req_")


async def test_life_readiness_and_metrics(world: ServiceWorld) -> None:
    world.upstream.will_fail("500")
    await post(world, HELLO)
    for _ in range(2):
        await post(world, HELLO | {"temperature": 0, "eaa": {"role": "qa"}})
    async with aiohttp.ClientSession() as session:
        seen = {}
        for path in ("/livez", "/readyz", "/metrics"):
            async with session.get(world.address + path) as response:
                seen[path] = (response.status, await response.text())

    assert {status for status, _ in seen.values()} == {200}
    lines = seen["/metrics"][1].splitlines()
    assert 'eaa_orchestrator_requests_total{address="chat",status="200"} 2' in lines
    assert 'eaa_orchestrator_failures_total{code="model.overloaded"} 1' in lines
    assert 'eaa_model_calls_total{model="loop",role="qa",outcome="cached"} 1' in lines
    assert 'eaa_model_tokens_total{model="loop",kind="input"} 12' in lines
    assert f'eaa_model_cost_microusd_total{{model="loop"}} {12 + 4 * 7}' in lines
    assert "eaa_model_cache_share 0.5" in lines
    assert 'eaa_orchestrator_request_seconds_count{address="chat"} 3' in lines


async def test_a_cooling_model_is_shown(world: ServiceWorld) -> None:
    world.upstream.will_fail("404 model")
    await post(world, HELLO)
    async with aiohttp.ClientSession() as session, session.get(world.address + "/metrics") as response:
        text = await response.text()

    assert 'eaa_model_cooling_seconds{subject="model:loop",because="model.unknown"}' in text


async def test_openais_own_user_pays_where_ours_is_not_named(world: ServiceWorld) -> None:
    await world.desk.budgets.set_limit(
        Account().organisation_id, Scope(ScopeKind.USER, "ada"), Amount(cost_microusd=0, unpriced_tokens=0)
    )

    status, _, said = await post(world, HELLO | {"user": "ada"})

    assert (status, said["error"]["eaa"]["scope"]) == (402, str(Scope(ScopeKind.USER, "ada")))
