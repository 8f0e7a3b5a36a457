"""What programs say, in the log of whoever runs them: line by line, each with the program's name."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LONGEST_LINE_BYTES = 1024 * 1024
_LAST_WORDS_S = 1.0
"""For what a program said just before its end. What it has started may hold its output open for much longer."""


@asynccontextmanager
async def copied_output(name: str) -> AsyncIterator[int]:
    """Copy what comes out of a pipe inside the block; yield its writing end, which the caller hands on and closes."""
    reading, writing = os.pipe()
    reader = asyncio.StreamReader(limit=_LONGEST_LINE_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
    )
    copying = asyncio.create_task(_copy(reader, f"{name} | ".encode()), name=f"log of {name}")
    try:
        yield writing
        await asyncio.wait({copying}, timeout=_LAST_WORDS_S)
    finally:
        copying.cancel()
        transport.close()


async def _copy(reader: asyncio.StreamReader, label: bytes) -> None:
    with os.fdopen(os.dup(2), "wb", buffering=0) as log:
        while True:
            try:
                line = await reader.readline()
            except ValueError:
                # A line without an end that anybody would read; the rest of it follows as the next one.
                continue
            if not line:
                return
            log.write(label + (line if line.endswith(b"\n") else line + b"\n"))
