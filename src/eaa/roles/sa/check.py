"""Whether a code map agrees with the project."""

from pathlib import PurePosixPath

from eaa.domain.artefact import Artefact, CodeMap, Skipped
from eaa.domain.brief import Brief
from eaa.domain.errors import ArtefactInvalid
from eaa.roles.sa.analysis import MOST_CALLERS, MOST_PATHS


def check(brief: Brief, artefact: Artefact) -> None:
    """Check a code map.

    Raises:
        ArtefactInvalid: It names files the project does not have, or more than it may.
    """
    if isinstance(artefact, Skipped):
        return
    if not isinstance(artefact, CodeMap):
        raise ArtefactInvalid(artefact="code map", because=f"it is a {type(artefact).__name__}")
    known = frozenset(brief.project.source_paths)
    known_places = {*known, *(str(parent) for path in known for parent in PurePosixPath(path).parents)}
    paths = [path for path, _ in artefact.ranked_paths]
    unknown = [path for path in (*paths, *(symbol.path for symbol in artefact.symbols)) if path not in known]
    if unknown:
        raise ArtefactInvalid(artefact="code map", because=f"{unknown[0]} is not a source file of the project")
    if len(paths) > MOST_PATHS or len(set(paths)) != len(paths):
        raise ArtefactInvalid(artefact="code map", because="its ranking is too long or names a file twice")
    if any(not reason for _, reason in artefact.ranked_paths):
        raise ArtefactInvalid(artefact="code map", because="a path is ranked without a reason")
    decision = artefact.decision
    if decision is not None and any(one.path not in known_places and not one.is_new for one in decision.components):
        raise ArtefactInvalid(artefact="code map", because="its decision names a part that is not there")
    if any(len(calls) > MOST_CALLERS for _, calls in artefact.callers):
        raise ArtefactInvalid(artefact="code map", because="it lists too many callers of one name")
