"""Records of runs: read out of this installation, and what must not leave with them."""

import getpass
import os
import socket
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from eaa.adapters.models.key_sources import KeySources
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.system.clock import SystemClock
from eaa.domain.errors import RunAlive, RunNotFound
from eaa.domain.ids import RunId
from eaa.domain.recording import Recording
from eaa.domain.run import ENDED_STATES
from eaa.engine.llm.safety.own_secrets import OwnSecrets
from eaa.engine.recording import environment_of, order_of, read_recording
from eaa.engine.redaction import Redactor
from eaa.settings import DATABASE_FILE, Settings
from eaa.wiring.databases import open_blobs
from eaa.wiring.llm import load_catalogue
from eaa.wiring.llm_storage import open_llm_storage
from eaa.wiring.own_secrets import own_secrets
from eaa.wiring.slots import slots_of

HOME, REPOSITORY, OWN_HOME, PYTHON = "<home>", "<repository>", "<eaa home>", "<python>"
"""What stands in a redacted record in place of folders."""


async def recording_of(run_id: RunId, settings: Settings) -> Recording:
    """Return the record of a run of this installation.

    Raises:
        RunNotFound: There is none of this id.
        RunAlive: A process works on it right now.
    """
    file = settings.home / DATABASE_FILE
    if settings.database_url is None and not file.exists():
        raise RunNotFound(run_id=run_id)
    address = settings.database_url or sqlite_address(file)
    await upgrade(address)
    async with open_store(address) as store, open_blobs(settings) as blobs:
        recording = await read_recording(run_id, store=store, blobs=blobs, eaa=version("eaa"))
    run = recording.run
    is_held = run.owner_slot is not None and await slots_of(settings).is_held(run.owner_slot)
    if is_held and run.state not in ENDED_STATES:
        raise RunAlive(run_id=run.id)
    return recording


async def redactor_here(settings: Settings, recording: Recording, *, repository: str | None = None) -> Redactor:
    """Return what takes this machine and its people out of texts.

    Args:
        settings: Of this installation.
        recording: What is redacted, or held against a replay.
        repository: Where the repository is here; None where the record says.
    """
    places = [*_places(recording, repository), (str(settings.home.resolve()), OWN_HOME), (str(Path.home()), HOME)]
    host = socket.gethostname()
    return Redactor(
        secrets=await _known_secrets(settings), places=places, names={_user(), host, host.partition(".")[0]}
    )


def _places(recording: Recording, repository: str | None) -> Iterator[tuple[str, str]]:
    source = repository or order_of(recording).repository.source
    if source.startswith("/"):
        yield source, REPOSITORY
    environment = environment_of(recording)
    for host, inside in environment.mounts if environment is not None else ():
        for folder in (host, inside):
            if folder.startswith("/"):
                yield folder, PYTHON


async def _known_secrets(settings: Settings) -> tuple[str, ...]:
    """Return the secrets of this installation by their values, as `PromptGuard` knows them."""
    catalogue = load_catalogue(settings, os.environ)
    async with open_llm_storage(settings) as storage:
        own = OwnSecrets(
            keys=KeySources(environment=os.environ),
            providers=tuple(catalogue.providers.values()),
            stored=storage.keys,
            others=lambda: own_secrets(settings, catalogue, os.environ),
            monotonic_s=SystemClock().monotonic_s,
        )
        await own.look()
    return own.values()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A user without a name.
        return ""
