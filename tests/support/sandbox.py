"""Whether this machine can run the sandbox's tests, asked once."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from eaa.adapters.sandbox.probe import probe_sandboxes
from eaa.ports.sandbox import SandboxStatus


def require_bubblewrap() -> None:
    """Skip the test where bubblewrap does not work; fail it when EAA_REQUIRE_SANDBOX=1 says that it must."""
    status = _bubblewrap()
    if status.is_working:
        return
    said = f"{status.because} {status.hint}"
    if os.environ.get("EAA_REQUIRE_SANDBOX") == "1":
        pytest.fail(f"EAA_REQUIRE_SANDBOX=1, but bubblewrap does not work: {said}")
    pytest.skip(f"bubblewrap does not work: {said}")


@cache
def _bubblewrap() -> SandboxStatus:
    # In a thread of its own: the test that asks may be running in an event loop.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(probe_sandboxes())).result()[0]
