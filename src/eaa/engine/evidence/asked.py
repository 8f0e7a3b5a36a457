"""The issue's tests: a commit on top of a branch that anyone can build again, byte for byte, from the evidence."""

from collections.abc import Sequence

from eaa.domain.criterion import Criterion
from eaa.domain.errors import FileNotInCommit, RevisionNotFound, UnsafeTree
from eaa.domain.evidence import AddedFile, AddedTests, Evidence
from eaa.domain.ids import CommitId, RunId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange, FileMode, Repository
from eaa.engine.evidence.claim import ClaimedCriterion, claim_criteria
from eaa.engine.evidence.lab import Lab
from eaa.engine.suites import suite_for_paths
from eaa.kit.bounded import printable
from eaa.ports.language import Language
from eaa.ports.repositories import Repositories

_MESSAGE = "test: the examples of the issue"


async def ask_issue(
    lab: Lab, head: CommitId, run: RunId, suites: Sequence[TestSuite], criteria: Sequence[Criterion]
) -> tuple[CommitId, tuple[ClaimedCriterion, ...], AddedTests | None]:
    """Return the commit that holds tests for an issue's examples, its criteria with those tests, and the tests.

    Without an example that can be a test the head stays as it is, and nothing is added.
    """
    project = await lab.toolchain.detect(lab.repository, head)
    asked = [criterion for criterion in criteria if criterion.examples or criterion.tests]
    if project is None or not any(criterion.examples for criterion in asked):
        return head, claim_criteria(criteria, {}), None
    suite = suite_for_paths(project.source_paths, project) or suites[0]
    written, tests = lab.toolchain.language.write_tests(asked, project, suite, await _sources(lab, head, project))
    if not written:
        return head, claim_criteria(criteria, dict(tests)), None
    files = tuple(AddedFile(path=one.path, content=(one.content or b"").decode()) for one in written)
    added = AddedTests(onto=head, files=files)
    commit = await commit_tests(added, run=run, repository=lab.repository, repositories=lab.repositories)
    return commit, claim_criteria(criteria, dict(tests)), added


async def commit_tests(
    added: AddedTests, *, run: RunId, repository: Repository, repositories: Repositories
) -> CommitId:
    """Return the commit of the tests on top of the branch; the same tests on the same commit are the same commit.

    Raises:
        RevisionNotFound: The repository does not have the branch's commit.
        UnsafeTree: A path is refused, or stands where a folder is.
    """
    changes = [FileChange(path=file.path, content=file.content.encode()) for file in added.files]
    return await repositories.commit(repository, parent=added.onto, changes=changes, message=_MESSAGE, run_id=run)


async def rebuild_head(evidence: Evidence, *, repository: Repository, repositories: Repositories) -> str | None:
    """Build the head of evidence again whose tests were added to a branch; return what is wrong, None when it is there.

    The recorded commit is what comes out, or the record is refused: author, time and message are always the same.
    """
    added = evidence.issue_tests
    if added is None:
        return None
    try:
        if (await repositories.resolve(repository, added.onto)).id != added.onto:
            raise RevisionNotFound(revision=added.onto)
        present = {entry.path for entry in await repositories.list_files(repository, added.onto)}
        for file in added.files:
            if file.path in present:
                return f"issue_tests: {printable(file.path)} is in the branch already; only new files can be added"
        run = RunId(f"verify_{added.onto[:16]}")
        commit = await commit_tests(added, run=run, repository=repository, repositories=repositories)
    except RevisionNotFound:
        return (
            f"issue_tests.onto: the repository has no commit {printable(added.onto)[:64]}, the branch that was proved; "
            "fetch that branch into it and verify again"
        )
    except (UnsafeTree, UnicodeEncodeError) as error:
        return f"issue_tests: the tests cannot be laid over the branch: {error}"
    if commit != evidence.head.commit:
        return f"head.commit: recorded {printable(evidence.head.commit)[:64]}, the branch with the tests is {commit}"
    return None


def not_only_tests(evidence: Evidence, language: Language, suites: Sequence[TestSuite]) -> tuple[str, ...]:
    """Return a sentence for each added file that is more, or less, than a file of the criteria's tests.

    Otherwise a record could bring its own `conftest.py`, or the very change that it claims for the branch.
    """
    claimed = {test.path for criterion in evidence.criteria for test in criterion.tests}
    return tuple(
        f"issue_tests: {printable(file.path)} is no file of the criteria's tests"
        for file in (evidence.issue_tests.files if evidence.issue_tests is not None else ())
        if file.path not in claimed
        or not any(
            language.is_test(file.path, suite) and language.tests_in(file.path, file.content.encode(), suite)
            for suite in suites
        )
    )


async def _sources(lab: Lab, head: CommitId, project: Project) -> dict[str, bytes]:
    wanted = {*project.source_paths, *(path for suite in project.suites for path in suite.test_paths)}
    sources: dict[str, bytes] = {}
    for entry in await lab.repositories.list_files(lab.repository, head):
        if entry.path in wanted and entry.mode in (FileMode.REGULAR, FileMode.EXECUTABLE):
            try:
                sources[entry.path] = await lab.repositories.read_file(lab.repository, head, entry.path)
            except FileNotInCommit:
                continue
    return sources
