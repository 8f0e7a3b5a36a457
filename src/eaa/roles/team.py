"""The six roles in this process: trigger, work, check."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from typing_extensions import override

from eaa.domain.artefact import Artefact, Skipped
from eaa.domain.brief import Brief
from eaa.domain.role import RoleName
from eaa.engine.tools import Tools
from eaa.ports.roles import Roles
from eaa.roles.pm.check import check as check_pm
from eaa.roles.pm.trigger import trigger as trigger_pm
from eaa.roles.pm.work import work as work_pm
from eaa.roles.qa.check import check as check_qa
from eaa.roles.qa.trigger import trigger as trigger_qa
from eaa.roles.qa.work import work as work_qa
from eaa.roles.rd.check import check as check_rd
from eaa.roles.rd.trigger import trigger as trigger_rd
from eaa.roles.rd.work import work as work_rd
from eaa.roles.sa.check import check as check_sa
from eaa.roles.sa.trigger import trigger as trigger_sa
from eaa.roles.sa.work import work as work_sa
from eaa.roles.sd.check import check as check_sd
from eaa.roles.sd.trigger import trigger as trigger_sd
from eaa.roles.sd.work import work as work_sd
from eaa.roles.sre.check import check as check_sre
from eaa.roles.sre.trigger import trigger as trigger_sre
from eaa.roles.sre.work import work as work_sre


@dataclass(frozen=True, slots=True)
class Role:
    """One role: three functions."""

    trigger: Callable[[Brief], str | None]
    """Why it has nothing to do, or None."""
    work: Callable[[Brief, Tools], Awaitable[Artefact]]
    check: Callable[[Brief, Artefact], None]
    """Raises ArtefactInvalid."""


TEAM: Mapping[RoleName, Role] = {
    RoleName.PM: Role(trigger_pm, work_pm, check_pm),
    RoleName.SA: Role(trigger_sa, work_sa, check_sa),
    RoleName.RD: Role(trigger_rd, work_rd, check_rd),
    RoleName.SD: Role(trigger_sd, work_sd, check_sd),
    RoleName.QA: Role(trigger_qa, work_qa, check_qa),
    RoleName.SRE: Role(trigger_sre, work_sre, check_sre),
}


class InlineRoles(Roles):
    """Calls the roles as functions of this process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        chosen = TEAM[role]
        reason = chosen.trigger(brief)
        if reason is not None:
            return Skipped(reason)
        artefact = await chosen.work(brief, self._tools)
        chosen.check(brief, artefact)
        return artefact
