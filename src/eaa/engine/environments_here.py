"""Environments are folders of one machine: another one builds its own of the same key."""

from dataclasses import dataclass, replace

from typing_extensions import override

from eaa.domain.artefact import Artefact
from eaa.domain.brief import Brief
from eaa.domain.environment import Environment
from eaa.domain.errors import EnvironmentMissing
from eaa.domain.project import Project
from eaa.domain.role import RoleName
from eaa.engine.intake import order_of
from eaa.engine.journal import Desk
from eaa.engine.workflows.order import Order
from eaa.ports.roles import Roles
from eaa.ports.toolchain import Toolchain


async def environment_here(
    environment: Environment, project: Project, order: Order, *, toolchain: Toolchain
) -> Environment:
    """Return an environment as it is, or the one of the same key that this machine has or builds.

    Args:
        environment: As it was found where the run began.
        project: What runs in it.
        order: Of the run; it says whether a person agreed to install packages.
        toolchain: Of the project's language.

    Raises:
        ConsentMissing: Packages would have to be installed here, and nobody agreed to that.
        EnvironmentMissing: It cannot be built here, or what this machine builds has another key.
    """
    if toolchain.is_here(environment):
        return environment
    own = await toolchain.prepare(project, order.repository, order.base, order.request)
    if own.key != environment.key:
        because = (
            f"the run's tests run with {environment.interpreter_version} ({environment.recipe}),"
            f" and this machine has {own.interpreter_version} ({own.recipe})"
        )
        raise EnvironmentMissing(because=because, hint="Machines that share work need the same version of Python.")
    return own


@dataclass(frozen=True, slots=True)
class RolesHere(Roles):
    """Lets roles work in environments of this machine."""

    inner: Roles
    toolchain: Toolchain
    desk: Desk

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        if not self.toolchain.is_here(brief.environment):
            async with self.desk.store.begin() as session:
                order = await order_of(session, brief.run_id)
            own = await environment_here(brief.environment, brief.project, order, toolchain=self.toolchain)
            brief = replace(brief, environment=own)
        return await self.inner.work(role, brief)
