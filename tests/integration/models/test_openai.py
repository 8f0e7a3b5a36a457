"""The chat-completions format over real sockets."""

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.models.http_models import open_models
from tests.loopback.models import serving_models
from tests.model_makers import ask, make_route


async def test_calls_of_all_kinds_share_one_connection() -> None:
    async with serving_models() as server, open_models(clock=MemoryClock()) as models:
        route = make_route(base_url=server.address + "/v1")

        completion = await models.complete(ask(), route)
        events = [event async for event in models.stream(ask(), route)]
        embeddings = await models.embed(("a", "bcd"), route)

    assert completion.text == "Hello from the loopback model."
    assert len(events) == 7
    assert [vector[0] for vector in embeddings.vectors] == [1.0, 3.0]
    assert server.journal.connections == 1
