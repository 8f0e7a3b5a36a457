"""Site reliability: reads CI and deployment files and says what the change means for rollout, or nothing."""

from eaa.domain.artefact import Artefact, RolloutNote, Skipped
from eaa.domain.brief import Brief
from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import CommitId
from eaa.engine.outgoing import in_code, in_prose
from eaa.engine.tools import Tools
from eaa.roles.sre import analysis
from eaa.roles.sre.analysis import Remark

MOST_FILES = 100
_TEXT_CHARACTERS = 300


async def work(brief: Brief, tools: Tools) -> Artefact:
    """Return the rollout note of the change; *skipped* when no CI or deployment file has anything to do with it."""
    change = brief.handover.change
    if change is None:
        return Skipped("there is no change to roll out")
    diffs = await tools.repositories.diff(brief.repository, brief.base, change.head)
    changed = tuple(diff.path for diff in diffs)
    files = [entry.path for entry in await tools.repositories.list_files(brief.repository, change.head)]
    # Tests are not shipped: an image that copies only them is no reason to deploy.
    tests = {path for suite in brief.project.suites for path in suite.test_paths}
    tests.update(brief.handover.tests.paths if brief.handover.tests else ())
    shipped = tuple(path for path in changed if path not in tests)
    remarks = list(analysis.remarks_on_changed(changed))
    for path in [path for path in files if analysis.is_ci(path) or analysis.is_deployment(path)][:MOST_FILES]:
        text = await _text(brief, tools, change.head, path)
        if path.startswith(".github/workflows/"):
            remarks += analysis.remarks_on_workflow(path, text, changed=changed, environment=brief.environment)
        remarks += analysis.remarks_on_deployment(path, text, changed=shipped)
    if not remarks:
        return Skipped("no CI or deployment file has anything to do with the changed files")
    return _note(remarks)


async def _text(brief: Brief, tools: Tools, commit: CommitId, path: str) -> str:
    try:
        content = await tools.repositories.read_file(brief.repository, commit, path, limit_bytes=200_000)
    except FileNotInCommit:
        return ""
    return content.decode(errors="replace")


def _note(remarks: list[Remark]) -> RolloutNote:
    unique = tuple(dict.fromkeys(f"{remark.path}: {remark.text}" for remark in remarks))
    return RolloutNote(touched=unique, text="\n".join(map(_line, remarks)))


def _line(remark: Remark) -> str:
    path = in_code(remark.path, limit_characters=_TEXT_CHARACTERS)
    return f"- `{path}`: {in_prose(remark.text, limit_characters=_TEXT_CHARACTERS)}."
