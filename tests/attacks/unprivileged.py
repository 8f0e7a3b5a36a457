"""Starts a module as a uid that is not root, also when the tests are root and their files lie where only root comes.

As root, a thread of its own moves into a private mount namespace, binds the interpreter, the packages and this
repository to a neutral place, and starts the child from there as another uid.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import typing_extensions

from eaa.adapters.sandbox.private_mounts import bind_to_neutral_places

ATTACKER_UID = 64322
_REPOSITORY = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 150


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the child finds what it needs."""

    python: str
    packages: str
    repository: str
    folder: str


def run_unprivileged(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE FOLDER PYTHON ARGUMENT…` in a new process and return what it printed."""
    with tempfile.TemporaryDirectory(prefix="eaa-attack-", ignore_cleanup_errors=True) as folder:
        here = _Places(sys.base_prefix, str(Path(typing_extensions.__file__).parent), str(_REPOSITORY), folder)
        if os.geteuid() != 0:
            return _start(here, (module, *arguments), uid=None)
        os.chown(folder, ATTACKER_UID, ATTACKER_UID)
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(_start_as_other, here, (module, *arguments)).result()


def _start_as_other(here: _Places, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    places = bind_to_neutral_places([here.python, here.packages, here.repository, here.folder])
    return _start(_Places(*places), words, uid=ATTACKER_UID)


def _start(places: _Places, words: tuple[str, ...], *, uid: int | None) -> subprocess.CompletedProcess[str]:
    interpreter = f"{places.python}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return subprocess.run(
        [interpreter, "-m", words[0], places.folder, places.python, *words[1:]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
        cwd=places.repository,
        env={
            "PATH": os.environ["PATH"],
            "HOME": places.folder,
            "TMPDIR": places.folder,
            "PYTHONPATH": os.pathsep.join((f"{places.repository}/src", places.repository, places.packages)),
            "PYTHONDONTWRITEBYTECODE": "1",
            # An interpreter looks for its own library where it was built, and only root comes there.
            "LD_LIBRARY_PATH": f"{places.python}/lib",
        },
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
        start_new_session=True,
    )
