"""The project's own quality gate: its formatters and linters, on the changed files only."""

from collections.abc import Sequence

from eaa.domain.artefact import QualityFinding
from eaa.domain.brief import Brief
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange
from eaa.engine.tools import Tools
from eaa.roles.sd.analysis import new_findings


async def hold_quality(
    brief: Brief, tools: Tools, parent: CommitId, changes: Sequence[FileChange]
) -> tuple[tuple[FileChange, ...], tuple[QualityFinding, ...]]:
    """Return the changes as the project's formatters want them, and the complaints that are new.

    A file that was not formatted before stays as its authors left it: a repair is no reason to reformat it.
    """
    if not brief.project.quality_tools:
        return tuple(changes), ()
    paths = tuple(change.path for change in changes if change.content is not None)
    async with tools.workspaces.open(brief.repository, parent) as workspace:
        arguments = (workspace, brief.environment, brief.project)
        unformatted = {change.path for change in await tools.toolchain.format_files(*arguments, paths)}
        before = await tools.toolchain.complaints(*arguments, paths)
        await tools.workspaces.write(workspace, changes)
        wanted = tuple(path for path in paths if path not in unformatted)
        formatted = {change.path: change for change in await tools.toolchain.format_files(*arguments, wanted)}
        final = tuple(formatted.get(change.path, change) for change in changes)
        await tools.workspaces.write(workspace, final)
        after = await tools.toolchain.complaints(*arguments, paths)
    return final, new_findings(before, after)
