"""Where the runs of one claim happen: the ports and the project, in one value."""

from dataclasses import dataclass, replace

from eaa.domain.environment import Environment
from eaa.domain.ids import CommitId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import Repository
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.toolchain import Toolchain
from eaa.ports.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Lab:
    """Everything needed to run a project's tests at a commit."""

    repository: Repository
    environment: Environment
    toolchain: Toolchain
    repositories: Repositories
    workspaces: Workspaces
    progress: Progress


@dataclass(frozen=True, slots=True)
class Suites:
    """The suites of both sides; a suite keeps its root and framework, its files may differ."""

    base: tuple[TestSuite, ...]
    """As they run on the base alone."""
    overlaid: tuple[TestSuite, ...]
    """As they run on the base with the head's test files."""
    head: tuple[TestSuite, ...]
    project: Project | None
    """The head's project; None when the head holds none of the language."""


async def suites_of_sides(lab: Lab, suites: tuple[TestSuite, ...], head: CommitId) -> Suites:
    """Return the suites of a claim as each side has them.

    The base decides which suites there are, so that a change cannot drop one.
    """
    project = await lab.toolchain.detect(lab.repository, head)
    found = {(suite.root, suite.framework): suite for suite in (project.suites if project else ())}
    on_head = tuple(found.get((suite.root, suite.framework), suite) for suite in suites)
    on_head = tuple(replace(new, command=old.command) for new, old in zip(on_head, suites, strict=True))
    overlaid = tuple(
        replace(old, test_paths=tuple(dict.fromkeys((*old.test_paths, *new.test_paths))))
        for old, new in zip(suites, on_head, strict=True)
    )
    return Suites(base=suites, overlaid=overlaid, head=on_head, project=project)


def suites_of_project(base: Project | None, head: Project | None) -> tuple[TestSuite, ...]:
    """Return the suites a claim is measured with: the base's, or the head's when the base has none."""
    if base is not None and base.suites:
        return base.suites
    return head.suites if head is not None else ()
