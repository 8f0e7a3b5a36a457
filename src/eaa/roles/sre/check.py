"""Whether a rollout note says something, about files."""

from eaa.domain.artefact import Artefact, RolloutNote, Skipped
from eaa.domain.brief import Brief
from eaa.domain.errors import ArtefactInvalid


def check(brief: Brief, artefact: Artefact) -> None:
    """Check a rollout note.

    Raises:
        ArtefactInvalid: It is empty: a role with nothing to say is skipped; or there is no change it could be about.
    """
    if isinstance(artefact, Skipped):
        return
    if not isinstance(artefact, RolloutNote):
        raise ArtefactInvalid(artefact="rollout note", because=f"it is a {type(artefact).__name__}")
    if brief.handover.change is None:
        raise ArtefactInvalid(artefact="rollout note", because="there is no change it could be about")
    if not artefact.touched or not artefact.text.strip():
        raise ArtefactInvalid(artefact="rollout note", because="it names no file or says nothing")
