"""Finds the record that a person named, and the repository that belongs to it."""

from dataclasses import dataclass, replace
from pathlib import Path

from eaa.adapters.files.bundles import read_bundle
from eaa.adapters.git.packs import RepositoryPacks
from eaa.cli.requests import environment_request, open_repository
from eaa.domain.environment import Consent
from eaa.domain.errors import InvalidRequest, RevisionNotFound
from eaa.domain.ids import RunId
from eaa.domain.recording import Recording
from eaa.domain.repository import Repository
from eaa.engine.recording import decode_recording, order_of
from eaa.engine.tools import Tools
from eaa.engine.workflows.order import Order
from eaa.kit.digest import sha256_hex
from eaa.settings import Settings
from eaa.wiring.recordings import recording_of
from eaa.wiring.replay import folder_of


@dataclass(frozen=True, slots=True)
class Source:
    """A record, and where it came from."""

    recording: Recording
    is_bundle: bool
    """Somebody may have made it: nothing in it is believed."""
    packed: bytes | None = None
    """The bundle's repository."""

    @property
    def order(self) -> Order:
        """What the run was started with."""
        return order_of(self.recording)


async def find_source(named: str, settings: Settings) -> Source:
    """Return the record of a run, or of a bundle.

    Raises:
        RunNotFound: There is neither such a file nor such a run.
        RunAlive: A process works on the run.
        BundleUnreadable: The file is no bundle that may be used.
    """
    if _is_file(named):
        recording, packed = read_bundle(Path(named))
        return Source(decode_recording(recording), is_bundle=True, packed=packed)
    return Source(await recording_of(RunId(named), settings), is_bundle=False)


async def find_repository(source: Source, repo: str | None, settings: Settings, tools: Tools) -> Repository:
    """Return the repository of a record, with its base commit in the mirror.

    Raises:
        InvalidRequest: Nobody says where it is.
        RevisionNotFound: It does not have the base commit.
        RepositoryUnusable: There is no repository where it should be.
    """
    order = source.order
    repository = await _repository(source, repo, settings, tools)
    if (await tools.repositories.resolve(repository, order.base)).id != order.base:
        raise RevisionNotFound(revision=order.base)
    return repository


def order_here(source: Source, repository: Repository, *, python: str | None, has_consent: bool) -> Order:
    """Return a recorded order as it may be worked on here.

    An interpreter, a set-up command and a consent that a bundle names are somebody else's: packages are installed only
    when the person here said so, and the set-up command then runs in the sandbox like any other.
    """
    order = source.order
    here = environment_request(python=python, has_consent=has_consent)
    if source.is_bundle:
        setup = order.request.setup_command if has_consent else None
        request = replace(here, test_command=order.request.test_command, setup_command=setup)
    else:
        consent = Consent.GIVEN if has_consent else order.request.consent
        request = replace(order.request, interpreter=here.interpreter or order.request.interpreter, consent=consent)
    # The mirror is found by its id; the source stays what it was, so that the same steps follow.
    return replace(order, repository=replace(order.repository, id=repository.id), request=request)


async def _repository(source: Source, repo: str | None, settings: Settings, tools: Tools) -> Repository:
    if repo is not None:
        return (await open_repository(repo, source.order.base, tools=tools))[0]
    if source.packed is not None:
        folder = folder_of(sha256_hex(source.packed), settings.home)
        await RepositoryPacks(settings.home).lay_out(source.packed, folder)
        return await tools.repositories.open(str(folder))
    if source.is_bundle:
        raise InvalidRequest("the bundle holds no repository", hint="Say where it is with --repo.")
    known = source.order.repository
    try:
        await tools.repositories.resolve(known, source.order.base)
    except RevisionNotFound:
        # The mirror was cleaned away.
        return await tools.repositories.open(known.source)
    return known


def _is_file(named: str) -> bool:
    return Path(named).is_file()
