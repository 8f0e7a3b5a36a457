"""How a workflow reaches a role: inline in one process, by queue and gRPC across processes."""

from typing import Protocol

from eaa.domain.artefact import Artefact
from eaa.domain.brief import Brief
from eaa.domain.role import RoleName


class Roles(Protocol):
    """The six roles."""

    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        """Let a role work on a brief's stage and return its checked artefact; *skipped* when its trigger is not true.

        Raises:
            EaaError: What stopped it.
        """
        ...
