"""A Podman with a store of its own for the tests, so that they never touch the one of the person."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from eaa.adapters.sandbox.probe import probe_engine
from eaa.ports.sandbox import SandboxStatus

_VARIABLES = ("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF")


@contextmanager
def private_podman() -> Iterator[None]:
    """Point Podman to an empty store while the block runs; skip where no container runs."""
    if shutil.which("podman") is None:
        pytest.skip("Podman is not installed: `apt-get install podman runc catatonit`")
    before = {name: os.environ.get(name) for name in _VARIABLES}
    with tempfile.TemporaryDirectory(prefix="eaa-podman-", ignore_cleanup_errors=True) as folder:
        os.environ.update(_write_settings(Path(folder)))
        try:
            if not (status := _status()).is_working:
                pytest.skip(f"Podman does not work: {status.because} {status.hint}")
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                os.environ.update({} if value is None else {name: value})


def _write_settings(folder: Path) -> dict[str, str]:
    engine, storage = folder / "containers.conf", folder / "storage.conf"
    # crun refuses machines with both versions of control groups, on which runc works.
    runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""
    engine.write_text(f'[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n{runtime}')
    storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n')
    return dict(zip(_VARIABLES, (str(engine), str(storage)), strict=True))


def _status() -> SandboxStatus:
    # In a thread of its own: the test that asks may be running in an event loop.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(probe_engine("podman"))).result()
