"""A conversation in OpenAI's words as ours."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import assert_never

from eaa.domain.completion import Image, Message, Part, Reasoning, Speaker, Text, ToolCall, ToolResult
from eaa.services.orchestrator.bodies import (
    AssistantBody,
    DeveloperBody,
    ImageBody,
    MessageBody,
    ReasoningPart,
    RefusalBody,
    SystemBody,
    TextBody,
    TextPart,
    ToolBody,
    UserBody,
)
from eaa.services.orchestrator.errors import BodyInvalid

IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def messages_of(bodies: Sequence[MessageBody]) -> tuple[Message, ...]:
    """Return the conversation. Tools' answers in a row, and the user's words right after them, are one message.

    Raises:
        BodyInvalid: A picture cannot be read, or a tool answers what nobody asked.
    """
    found: list[Message] = []
    names: dict[str, str] = {}
    """Of the tools called so far, by the call's id."""
    for index, body in enumerate(bodies):
        place = f"messages[{index}]"
        message = _message(body, names, place)
        names.update((part.id, part.name) for part in message.parts if isinstance(part, ToolCall))
        if found and message.speaker is Speaker.USER and _joins(found[-1]):
            found[-1] = Message(Speaker.USER, found[-1].parts + message.parts)
        else:
            found.append(message)
    return tuple(found)


def _joins(last: Message) -> bool:
    """Return whether a message ends with a tool's answer, which the next words of the user belong to."""
    return bool(last.parts) and isinstance(last.parts[-1], ToolResult)


def _message(body: MessageBody, names: dict[str, str], place: str) -> Message:
    match body:
        case SystemBody() | DeveloperBody():
            return Message(Speaker.SYSTEM, tuple(_parts(body.content, place)))
        case UserBody():
            return Message(Speaker.USER, tuple(_parts(body.content, place)))
        case AssistantBody():
            return Message(Speaker.ASSISTANT, tuple(_said(body, place)))
        case ToolBody():
            return Message(Speaker.USER, (_result(body, names, place),))
        case _:
            assert_never(body)


def _result(body: ToolBody, names: dict[str, str], place: str) -> ToolResult:
    name = names.get(body.tool_call_id)
    if name is None:
        raise BodyInvalid(
            f"no tool was called as {body.tool_call_id!r} before",
            place=f"{place}.tool_call_id",
            hint="A message of role `tool` answers a call of an `assistant` message before it.",
        )
    text = "".join(part.text for part in _parts(body.content, place) if isinstance(part, Text))
    return ToolResult(body.tool_call_id, name, text, is_error=body.eaa.is_error)


def _said(body: AssistantBody, place: str) -> Iterator[Part]:
    calls = {call.id: ToolCall(call.id, call.function.name, call.function.arguments) for call in body.tool_calls or ()}
    if body.eaa is None:
        yield from _parts(body.content, place)
        if body.refusal:
            yield Text(body.refusal)
        yield from calls.values()
        return
    for part in body.eaa.parts:
        match part:
            case ReasoningPart():
                yield Reasoning(part.text, dialect=part.dialect, opaque=part.opaque)
            case TextPart():
                yield Text(part.text, ends_prefix=part.ends_prefix)
            case _ if part.id in calls:
                yield calls[part.id]
            case _:
                raise BodyInvalid(f"no call has the id {part.id!r}", place=f"{place}.eaa.parts")


def _parts(content: str | Sequence[TextBody | ImageBody | RefusalBody] | None, place: str) -> Iterator[Text | Image]:
    if isinstance(content, str):
        yield Text(content)
        return
    for index, part in enumerate(content or ()):
        match part:
            case TextBody():
                yield Text(part.text, ends_prefix=part.cache_control is not None)
            case RefusalBody():
                yield Text(part.refusal)
            case ImageBody():
                yield _image(part.image_url.url, f"{place}.content[{index}].image_url.url")
            case _:
                assert_never(part)


def _image(address: str, place: str) -> Image:
    head, comma, content = address.partition(",")
    media_type, _, coding = head.removeprefix("data:").partition(";")
    if not head.startswith("data:") or coding != "base64" or not comma:
        raise BodyInvalid(
            "only pictures inside the request are taken",
            place=place,
            hint="Write the picture itself: `data:image/png;base64,…`. No address is fetched.",
        )
    if media_type not in IMAGE_TYPES:
        raise BodyInvalid(f"no model sees {media_type!r}", place=place, hint=f"Use {', '.join(sorted(IMAGE_TYPES))}.")
    try:
        return Image(media_type, b64decode(content, validate=True))
    except binascii.Error as error:
        raise BodyInvalid(f"the picture is not base64: {error}", place=place) from None
