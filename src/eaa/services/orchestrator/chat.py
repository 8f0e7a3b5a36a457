"""`POST /v1/chat/completions` and `POST /v1/embeddings`."""

from contextlib import aclosing

from aiohttp import web

from eaa.domain.ask import Ask
from eaa.domain.errors import EaaError
from eaa.services.orchestrator.answers import Frame, chat_answer, embeddings_answer
from eaa.services.orchestrator.bodies import ChatBody
from eaa.services.orchestrator.door import Door, Visit, json_response, note_fault
from eaa.services.orchestrator.errors import error_body, fault_body, meaning_of
from eaa.services.orchestrator.reading import account_of, ask_of, chat_body, embedding_body, model_of
from eaa.services.orchestrator.sending import Sending
from eaa.services.orchestrator.streams import ChunkWriter, error_event


async def complete_chat(request: web.Request, visit: Visit, *, door: Door) -> web.StreamResponse:
    """Answer a chat, whole or as a stream."""
    body = chat_body(await request.read())
    ask = ask_of(body, caller=visit.caller, catalogue=door.catalogue)
    visit.ask = ask
    if body.stream:
        return await _stream_chat(request, visit, body, ask, door)
    answer = await door.orchestrator.complete(ask)
    return json_response(chat_answer(answer, _frame(visit, door)), headers=visit.headers)


async def embed_texts(request: web.Request, visit: Visit, *, door: Door) -> web.StreamResponse:
    """Answer with one vector a text."""
    body = embedding_body(await request.read())
    visit.caller.role_for(body.eaa.role)
    account = account_of(body.eaa.account, caller=visit.caller, user=body.user)
    texts = (body.input,) if isinstance(body.input, str) else tuple(body.input)
    model = model_of(body.model, door.catalogue)
    embeddings = await door.orchestrator.embed(texts, account=account, model=model)
    is_packed = body.encoding_format == "base64"
    answer = embeddings_answer(embeddings, model=model or embeddings.wire_model, is_packed=is_packed)
    return json_response(answer, headers=visit.headers)


async def _stream_chat(request: web.Request, visit: Visit, body: ChatBody, ask: Ask, door: Door) -> web.StreamResponse:
    """Send a stream. What fails before its first event is raised, later it is the last event."""
    has_usage = body.stream_options is not None and body.stream_options.include_usage
    names = {model.wire_name: model.name for model in door.catalogue.models}
    writer = ChunkWriter(_frame(visit, door), body.model, has_usage, names)
    sending = Sending(request, visit.headers)
    try:
        async with (
            sending.kept_alive(),
            aclosing(door.orchestrator.stream(ask, takeover=body.eaa.takeover)) as events,
        ):
            async for event in events:
                await sending.send(writer.pieces(event))
    except EaaError as error:
        if not sending.has_begun:
            raise
        visit.failure = error.code
        await sending.send(error_event(error_body(error, meaning_of(error, ask))))
    except ConnectionError:
        raise
    except Exception:
        if not sending.has_begun:
            raise
        note_fault(visit)
        await sending.send(error_event(fault_body()))
    return sending.response


def _frame(visit: Visit, door: Door) -> Frame:
    return Frame(visit.id.removeprefix("req_"), int(door.clock.now().timestamp()))
