"""A model server that costs next to nothing: every answer is bytes before the first request comes.

Runs as a process of its own: `python -m eaa.wiring.llm_bench.server` prints its port and serves until its stdin ends.
"""

import asyncio
import json
import sys
from typing import Final

SENTENCE: Final = (
    "the service returns a plan with steps and checks for each file it will change so that a reviewer can follow "
    "the reason behind every edit in the pull request"
)
ANSWER_WORDS: Final = 300
"""A streamed answer has one event a word."""
FAILING_MODEL: Final = "out-of-order"
"""Asked for this model, the server answers 503 at once."""
_COUNTS: Final = {"prompt_tokens": 310, "completion_tokens": ANSWER_WORDS, "total_tokens": 310 + ANSWER_WORDS}
_NAMED: Final = {"id": "chatcmpl-1", "created": 1_760_000_000, "model": "bench"}


def answer_words() -> list[str]:
    """Return the answer, word by word."""
    words = SENTENCE.split()
    return [words[number % len(words)] + " " for number in range(ANSWER_WORDS)]


def _head(status: str, media_type: str, length: str) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\n{length}\r\n\r\n".encode()


def _whole(status: str, value: object) -> bytes:
    body = json.dumps(value).encode()
    return _head(status, "application/json", f"content-length: {len(body)}") + body


def _streamed(events: list[bytes]) -> bytes:
    chunks = b"".join(f"{len(event):x}\r\n".encode() + event + b"\r\n" for event in events)
    return _head("200 OK", "text/event-stream", "transfer-encoding: chunked") + chunks + b"0\r\n\r\n"


def _chunk(choices: list[object], **more: object) -> bytes:
    value = {**_NAMED, "object": "chat.completion.chunk", "choices": choices, **more}
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _delta(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    return _chunk([{"index": 0, "delta": delta, "finish_reason": finish_reason}])


def _message() -> dict[str, object]:
    message = {"role": "assistant", "content": "".join(answer_words()), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**_NAMED, "object": "chat.completion", "choices": [choice], "usage": _COUNTS}


ANSWER: Final = _whole("200 OK", _message())
STREAM: Final = _streamed(
    [
        _delta({"role": "assistant", "content": ""}),
        *(_delta({"content": word}) for word in answer_words()),
        _delta({}, "stop"),
        _chunk([], usage=_COUNTS),
        b"data: [DONE]\n\n",
    ]
)
FAILURE: Final = _whole("503 Service Unavailable", {"error": {"message": "out of order", "type": "server_error"}})
_STREAM_MARKS = (b'"stream":true', b'"stream": true')
_FAILING_MARK = FAILING_MODEL.encode()


class ModelServer(asyncio.Protocol):
    """One connection. Reads just enough of HTTP for the clients that are measured: POSTs with a content length."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete, head and body in one write."""
        self._received += data
        while (head_end := self._received.find(b"\r\n\r\n")) >= 0:
            body_at = head_end + 4
            end = body_at + _content_length(self._received[:head_end])
            if len(self._received) < end:
                return
            body, self._received = self._received[body_at:end], self._received[end:]
            assert self._transport is not None
            self._transport.write(_answer_to(body))


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0] or 0)


def _answer_to(body: bytes) -> bytes:
    if _FAILING_MARK in body:
        return FAILURE
    return STREAM if any(mark in body for mark in _STREAM_MARKS) else ANSWER


async def main() -> None:
    """Serve on a free loopback port until stdin ends, which it does when whoever started us is gone."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(ModelServer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await loop.run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(main())
