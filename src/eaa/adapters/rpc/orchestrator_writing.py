"""Asks in the words of orchestrator.proto."""

from typing import assert_never

from eaa.domain.ask import Account, Ask
from eaa.domain.completion import (
    CompletionRequest,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from eaa.domain.model_errors import RequestRefused
from eaa.wire import orchestrator_pb2 as pb


def ask_message(ask: Ask) -> pb.Ask:
    """Return an ask as it is sent.

    Raises:
        RequestRefused: A text holds half of a surrogate pair, which UTF-8 cannot carry.
    """
    try:
        return pb.Ask(
            request=_request(ask.request),
            account=account_message(ask.account),
            role=ask.role,
            kind=ask.kind,
            size=ask.size,
            domain=ask.domain,
            model=ask.model,
            is_pinned=ask.is_pinned,
            needs=sorted(ask.needs),
            max_cost_microusd=ask.max_cost_microusd,
            max_latency_s=ask.max_latency_s,
            sensitivity=ask.sensitivity,
            prompt_sha256=ask.prompt_sha256,
            tags=sorted(ask.tags),
            is_cached=ask.is_cached,
            is_batch=ask.is_batch,
        )
    except (UnicodeEncodeError, ValueError) as error:
        raise RequestRefused(f"the request cannot be written: {type(error).__name__}") from None


def embed_message(texts: tuple[str, ...], *, account: Account, model: str | None) -> pb.EmbedRequest:
    """Return a wish for vectors as it is sent.

    Raises:
        RequestRefused: A text holds half of a surrogate pair, which UTF-8 cannot carry.
    """
    try:
        return pb.EmbedRequest(texts=texts, account=account_message(account), model=model)
    except (UnicodeEncodeError, ValueError) as error:
        raise RequestRefused(f"the request cannot be written: {type(error).__name__}") from None


def account_message(account: Account) -> pb.Account:
    """Return who pays, as it is sent; the organisation is in the token."""
    return pb.Account(
        run_id=account.run_id or "",
        task_id=account.task_id or "",
        repository=account.repository or "",
        user=account.user or "",
        team=account.team or "",
    )


def _request(request: CompletionRequest) -> pb.Request:
    return pb.Request(
        messages=map(_message, request.messages),
        tools=(
            pb.ToolSpec(name=tool.name, description=tool.description, parameters_json=tool.parameters_json)
            for tool in request.tools
        ),
        tool_choice=request.tool_choice,
        tool_name=request.tool_name,
        has_single_tool=not request.has_parallel_tools,
        answer_schema_json=request.answer_schema_json,
        max_output_tokens=request.max_output_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        seed=request.seed,
        stop=request.stop,
        effort=request.effort,
    )


def _message(message: Message) -> pb.Message:
    return pb.Message(speaker=message.speaker, parts=map(_part, message.parts))


def _part(part: Part) -> pb.Part:
    match part:
        case Text():
            return pb.Part(text=pb.Text(text=part.text, ends_prefix=part.ends_prefix))
        case Image():
            return pb.Part(image=pb.Image(media_type=part.media_type, content=part.content))
        case Reasoning():
            return pb.Part(reasoning=pb.Reasoning(text=part.text, dialect=part.dialect, opaque=part.opaque))
        case ToolCall():
            call = pb.ToolCall(id=part.id, name=part.name, arguments_json=part.arguments_json)
            return pb.Part(tool_call=call)
        case ToolResult():
            result = pb.ToolResult(call_id=part.call_id, name=part.name, text=part.text, is_error=part.is_error)
            return pb.Part(tool_result=result)
        case _:
            assert_never(part)
