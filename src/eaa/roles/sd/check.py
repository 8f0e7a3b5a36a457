"""Whether a patch holds together and leaves the tests alone."""

from eaa.domain.artefact import Artefact, Patch, Skipped
from eaa.domain.brief import Brief
from eaa.domain.errors import ArtefactInvalid


def check(brief: Brief, artefact: Artefact) -> None:
    """Check a patch.

    Raises:
        ArtefactInvalid: Commit and choice do not go together, it edits something else than source files, or it says
            nothing to the person.
    """
    if isinstance(artefact, Skipped):
        return
    if not isinstance(artefact, Patch):
        raise ArtefactInvalid(artefact="patch", because=f"it is a {type(artefact).__name__}")
    if not artefact.note:
        raise ArtefactInvalid(artefact="patch", because="it says nothing to the person")
    if (artefact.commit is None) != (artefact.chosen is None):
        raise ArtefactInvalid(artefact="patch", because="a commit goes with a choice, and a choice with a commit")
    if artefact.chosen is None:
        return
    if not 0 <= artefact.chosen < len(artefact.fix.fixes):
        raise ArtefactInvalid(artefact="patch", because=f"candidate {artefact.chosen} does not exist")
    if artefact.author:
        # A model may add files of any sort; the tests' files were left out before, and the evidence looks at the rest.
        return
    sources = frozenset(brief.project.source_paths)
    strangers = [change.path for change in artefact.fix.fixes[artefact.chosen].changes if change.path not in sources]
    if strangers:
        raise ArtefactInvalid(artefact="patch", because=f"{strangers[0]} is not a source file of the project")
