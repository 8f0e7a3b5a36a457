"""Research and development: reproduces, integrates, and writes the pull request."""

from eaa.domain.artefact import Artefact, Skipped
from eaa.domain.brief import Brief, Stage
from eaa.engine.tools import Tools
from eaa.roles.rd.integration import integrate
from eaa.roles.rd.pull_request import write_pull_request
from eaa.roles.rd.reproduction import reproduce


async def work(brief: Brief, tools: Tools) -> Artefact:
    """Return the reproduction, the change, or the pull request's words."""
    match brief.stage:
        case Stage.REPRODUCTION:
            return await reproduce(brief, tools)
        case Stage.INTEGRATION:
            return await integrate(brief, tools)
        case Stage.PULL_REQUEST:
            return write_pull_request(brief)
        case _:
            return Skipped(f"RD has no part in the stage {brief.stage}")
