"""The scripted model: no model at all, but a server that plays a list of commands back as tool calls.

Runs as a process of its own: `python -m eaa.wiring.agent_bench.server` prints its port and serves until its stdin ends.
The first part of a request's path names the run (`run_name`); which answer comes next is the number of requests of that
run. It notes when each request was whole and when its answer was written. A line on stdin with a run's name and a file
has all of that written there, and forgotten.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eaa.wiring.agent_bench.task import command_of

_PIECES: Final = 4
"""In how many events of a stream the arguments of a call come."""
_BYTES_PER_TOKEN: Final = 4
_START: Final = "start"
_PEERS_TOOL: Final = b"COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
"""Stands in each of its prompts: how it ends."""
_PARKING: Final = {
    "kind": "bug",
    "title": "Keep lines within the width",
    "criteria": [],
    "questions": [{"text": "Is this only a measurement?", "because": "The model is scripted."}],
}
"""The project manager's answer: a question, with which `eaa run` comes to an orderly end."""


def run_name(contender: str, number: int, *, steps: int, is_small: bool = False) -> str:
    """Return how a run is called; the script is read off the name. `steps=0` asks for the first request only."""
    kind = _START if steps == 0 else "small" if is_small else "whole"
    return f"{contender}-{number}-{kind}-{steps}"


@dataclass(slots=True)
class _Run:
    """What one run has asked so far."""

    requests: list[dict[str, float]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class ScriptedModel:
    """Answers by the run's name and how many answers it had."""

    runs: dict[str, _Run] = field(default_factory=dict)

    def answer(self, path: str, body: bytes, arrived_s: float) -> bytes:
        """Return the next answer of a run, head and body."""
        run_named = path.lstrip("/").split("/", 1)[0]
        run = self.runs.setdefault(run_named, _Run())
        _, _, kind, steps = run_named.rsplit("-", 3)
        message = _message(len(run.bodies), int(steps), kind, is_peer=_PEERS_TOOL in body)
        whole = _streamed(message, len(body)) if b'"stream":true' in body else _whole(message, len(body))
        run.bodies.append(body)
        run.requests.append({"arrived_s": arrived_s, "sent_s": 0.0})
        return whole

    def sent(self, path: str) -> None:
        """Note that the answer is on its way."""
        self.runs[path.lstrip("/").split("/", 1)[0]].requests[-1]["sent_s"] = time.monotonic()

    def hand_out(self, name: str, file: Path) -> None:
        """Write what a run asked to a file, and forget it."""
        run = self.runs.pop(name, _Run())
        prompts = [body.decode() for body in run.bodies]
        file.write_text(json.dumps({"requests": run.requests, "prompts": prompts}), encoding="utf-8")


def _message(number: int, steps: int, kind: str, *, is_peer: bool) -> dict[str, Any]:
    """Return the assistant's message; the peer is told from us by the tools that stand in its prompt."""
    if kind == _START and not is_peer:
        return {"role": "assistant", "content": json.dumps(_PARKING)}
    if number + 1 >= steps:
        return _last(number, is_peer=is_peer)
    command = command_of(number, is_small=kind == "small")
    text = f"Step {number + 1}: I look at the result and go on."
    return _calling(number, text, "bash" if is_peer else "shell", {"command": command})


def _last(number: int, *, is_peer: bool) -> dict[str, Any]:
    if is_peer:
        return _calling(number, "The work is done.", "bash", {"command": "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"})
    return _calling(number, "The work is done.", "submit", {"summary": "Lines stay within the width now."})


def _calling(number: int, text: str, tool: str, arguments: dict[str, str]) -> dict[str, Any]:
    function = {"name": tool, "arguments": json.dumps(arguments)}
    call = {"id": f"call_{number}", "type": "function", "function": function}
    return {"role": "assistant", "content": text, "tool_calls": [call]}


def _frame(object_name: str, choices: list[Any], **more: Any) -> bytes:
    named = {"id": "chatcmpl-1", "created": 1_760_000_000, "model": "scripted", "object": object_name}
    return json.dumps({**named, "choices": choices, **more}).encode()


def _usage(prompt_bytes: int) -> dict[str, int]:
    prompt = prompt_bytes // _BYTES_PER_TOKEN
    return {"prompt_tokens": prompt, "completion_tokens": 30, "total_tokens": prompt + 30}


def _finish(message: dict[str, Any]) -> str:
    return "tool_calls" if "tool_calls" in message else "stop"


def _head(media_type: str, length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n".encode()


def _whole(message: dict[str, Any], prompt_bytes: int) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": _finish(message), "logprobs": None}
    body = _frame("chat.completion", [choice], usage=_usage(prompt_bytes))
    return _head("application/json", len(body)) + body


def _streamed(message: dict[str, Any], prompt_bytes: int) -> bytes:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word + " "} for word in message["content"].split()]
    for index, call in enumerate(message.get("tool_calls", ())):
        function = call["function"]
        opened = {"index": index, "id": call["id"], "type": "function"}
        deltas.append({"tool_calls": [opened | {"function": {"name": function["name"], "arguments": ""}}]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
            for piece in _pieces(function["arguments"])
        ]
    kind = "chat.completion.chunk"
    events = [_frame(kind, [{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
    events.append(_frame(kind, [{"index": 0, "delta": {}, "finish_reason": _finish(message)}]))
    events += [_frame(kind, [], usage=_usage(prompt_bytes)), b"[DONE]"]
    body = b"".join(b"data: " + event + b"\n\n" for event in events)
    return _head("text/event-stream", len(body)) + body


def _pieces(text: str) -> list[str]:
    size = -(-len(text) // _PIECES)
    return [text[start : start + size] for start in range(0, len(text), size)]


class Connection(asyncio.Protocol):
    """One connection. Reads just enough of HTTP for the clients that are measured: POSTs with a content length."""

    def __init__(self, model: ScriptedModel) -> None:
        self._model = model
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete, head and body in one write."""
        arrived_s = time.monotonic()
        self._received += data
        while (head_end := self._received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._received[:head_end])
            end = head_end + 4 + _content_length(head)
            if len(self._received) < end:
                return
            body = bytes(self._received[head_end + 4 : end])
            del self._received[:end]
            path = head.split(b" ", 2)[1].decode()
            assert self._transport is not None
            self._transport.write(self._model.answer(path, body, arrived_s))
            self._model.sent(path)


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0] or 0)


async def main() -> None:
    """Serve on a free loopback port until stdin ends, which it does when whoever started us is gone."""
    loop = asyncio.get_running_loop()
    model = ScriptedModel()
    server = await loop.create_server(lambda: Connection(model), "127.0.0.1", 0)
    _say(str(server.sockets[0].getsockname()[1]))
    async with server:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            model.hand_out(order["run"], Path(order["file"]))
            _say("written")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
